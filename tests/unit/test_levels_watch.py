"""The watcher of level changes: what it applies, tells and takes back."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otel_logging import SettingsError
from otel_logging.diagnostics import diagnostics
from otel_logging.levels import watch
from otel_logging.levels.file import Change, editing
from otel_logging.levels.watch import LevelsWatcher


class Kept(logging.Handler):
    """Keeps what tells of changes."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def said(self) -> list[dict[str, object]]:
        """The attributes that matter, of each record."""
        return [
            {
                name.removeprefix("otlog.levels."): value
                for name, value in vars(record).items()
                if name.startswith(("otlog.levels.", "user."))
            }
            for record in self.records
        ]


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What the watcher logs, though the root logger lets nothing through."""
    handler, logger = Kept(), logging.getLogger("otel_logging.levels")
    logger.addHandler(handler)
    logger.setLevel(logging.CRITICAL)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def logger() -> logging.Logger:
    """A logger of this test's own."""
    return logging.getLogger(f"tests.levels.{time.monotonic_ns()}")


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], LevelsWatcher]]:
    """Starts watchers that look often; all are stopped afterwards."""
    monkeypatch.setattr(watch, "INTERVAL", 0.01)
    with contextlib.ExitStack() as stack:

        def start(path: Path) -> LevelsWatcher:
            watcher = LevelsWatcher(path, "gateway")
            watcher.start()
            stack.callback(watcher.stop)
            return watcher

        yield start


def until(condition: Callable[[], bool]) -> None:
    """Poll until something holds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_look_comes_often_enough_for_two_seconds() -> None:
    """A change is there after one interval, with room for a busy machine."""
    assert watch.INTERVAL <= 1


def test_a_change_is_applied_told_and_taken_back(
    tmp_path: Path,
    kept: Kept,
    logger: logging.Logger,
    watching: Callable[[Path], LevelsWatcher],
) -> None:
    """By the file appearing and going; who and why are on the record, whatever the level."""
    path = tmp_path / "levels.yaml"
    watching(path)

    with editing(path) as changes:
        changes.append(Change("DEBUG", logger.name, service="gateway", who="mia", why="a try"))
    until(lambda: logger.level == logging.DEBUG)
    path.unlink()
    until(lambda: logger.level == logging.NOTSET)
    until(lambda: len(kept.records) == 2)

    assert kept.said() == [
        {
            "logger": logger.name,
            "before": "NOTSET",
            "after": "DEBUG",
            "user.name": "mia",
            "reason": "a try",
        },
        {
            "logger": logger.name,
            "before": "DEBUG",
            "after": "NOTSET",
            "reason": "it left the file",
        },
    ]


def test_a_change_reverts_by_itself(
    tmp_path: Path,
    kept: Kept,
    logger: logging.Logger,
    watching: Callable[[Path], LevelsWatcher],
) -> None:
    """With the file left as it is, the level from before comes back at the end of its time."""
    logger.setLevel(logging.ERROR)
    end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    path = tmp_path / "levels.yaml"
    with editing(path) as changes:
        changes.append(Change("DEBUG", logger.name, until=end))

    watching(path)

    assert logger.level == logging.DEBUG
    until(lambda: logger.level == logging.ERROR)
    assert dt.datetime.now(dt.UTC) >= end
    until(lambda: len(kept.records) == 2)
    assert kept.said()[1]["reason"] == "its time to live is over"


def test_a_second_change_reverts_to_the_level_before_the_first(
    tmp_path: Path, kept: Kept, logger: logging.Logger, watching: Callable[[Path], LevelsWatcher]
) -> None:
    """What the service started with is kept through any number of changes."""
    logger.setLevel(logging.ERROR)
    path = tmp_path / "levels.yaml"
    watching(path)

    for level, number in (("DEBUG", logging.DEBUG), ("INFO", logging.INFO)):
        path.write_text(f"levels: [{{level: {level}, logger: {logger.name}}}]")
        until(lambda number=number: logger.level == number)  # type: ignore[misc]
    path.write_text("")

    until(lambda: logger.level == logging.ERROR)
    until(lambda: len(kept.records) == 3)


def test_a_broken_file_changes_nothing_and_is_said(
    tmp_path: Path,
    kept: Kept,
    logger: logging.Logger,
    watching: Callable[[Path], LevelsWatcher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Levels stay until the file is right again."""
    said: list[str] = []
    monkeypatch.setattr(diagnostics, "report", lambda _, message: said.append(message))
    path = tmp_path / "levels.yaml"
    path.write_text(f"levels: [{{level: DEBUG, logger: {logger.name}}}]")
    watching(path)

    path.write_text("levels: [{level: LOUD}]")
    until(lambda: bool(said))
    assert f"{path}:1: expected one of TRACE" in said[0]
    assert logger.level == logging.DEBUG

    path.write_text("levels: []")
    until(lambda: logger.level == logging.NOTSET)
    assert len(kept.records) == 2


def test_a_broken_file_is_refused_at_start(tmp_path: Path) -> None:
    """The error names the variable, the file and the line."""
    path = tmp_path / "levels.yaml"
    path.write_text("levels:\n  - level: LOUD\n")

    with pytest.raises(SettingsError, match=r"OTLOG_LEVELS_FILE=.*line 2: expected one of TRACE"):
        LevelsWatcher(path, "gateway").start()


def test_a_forked_child_watches_too(
    tmp_path: Path,
    kept: Kept,
    logger: logging.Logger,
    watching: Callable[[Path], LevelsWatcher],
) -> None:
    """The child has a thread of its own, so a change made after the fork reaches it."""
    path = tmp_path / "levels.yaml"
    watching(path)

    child = os.fork()
    if child == 0:
        end = time.monotonic() + 30
        while logger.level != logging.DEBUG and time.monotonic() < end:
            time.sleep(0.01)
        os._exit(logger.level)
    path.write_text(f"levels: [{{level: DEBUG, logger: {logger.name}}}]")

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == logging.DEBUG
    until(lambda: len(kept.records) == 1)
