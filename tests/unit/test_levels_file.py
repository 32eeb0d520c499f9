"""The file of level changes: what it says, what is refused, how it is edited and watched."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otel_logging import SettingsError
from otel_logging.diagnostics import diagnostics
from otel_logging.levels import watch
from otel_logging.levels.file import Change, LevelsFileError, editing, in_force, read
from otel_logging.levels.watch import LevelsWatcher

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    """JSON is YAML too; all but the level may be left out."""
    (tmp_path / "a.yaml").write_text(
        "levels:\n  - {level: debug, logger: shop, until: 2026-05-01T12:00:00Z, who: mia}\n"
    )
    entry = {"level": "debug", "logger": "shop", "until": "2026-05-01T12:00:00Z", "who": "mia"}
    (tmp_path / "a.json").write_text(json.dumps({"levels": [entry]}))

    expected = [Change("debug", "shop", until=NOON, who="mia")]
    assert read(tmp_path / "a.yaml") == expected
    assert read(tmp_path / "a.json") == expected


@pytest.mark.parametrize("text", ["", "levels: []\n", None])
def test_no_file_and_an_empty_one_change_nothing(tmp_path: Path, text: str | None) -> None:
    """A file may come later."""
    path = tmp_path / "levels.yaml"
    if text is not None:
        path.write_text(text)

    assert read(path) == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("levels:\n  - level: LOUD\n", 2, "expected one of TRACE"),
        ("levels:\n  - level: INFO\n  - level: INFO\n    loger: x\n", 3, "unknown field `loger`"),
        ("levels:\n  - logger: x\n", 2, "missing required field `level`"),
        ("levels:\n  - {level: INFO, until: 2026-05-01T12:00:00}\n", 2, "timezone"),
        ("levels:\n  - [\n", 3, "expected the node content"),
        ("other: []\n", 1, "expected `levels:` and a list"),
        ("levels: 7\n", 1, "expected `levels:` and a list"),
        ("levels:\n  - !!python/object:os.system {}\n", 2, "could not determine a constructor"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    """The error says where and why."""
    path = tmp_path / "levels.yaml"
    path.write_text(text)

    with pytest.raises(LevelsFileError, match=reason) as caught:
        read(path)

    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_the_services_own_change_wins_and_what_is_over_does_not_count() -> None:
    """Own before all, later before earlier, and nothing after its end."""
    changes = [
        Change("DEBUG", "a"),
        Change("ERROR", "a", service="gateway"),
        Change("TRACE", "a"),
        Change("DEBUG", "b", service="other"),
        Change("DEBUG", "c", until=NOON),
        Change("DEBUG", "d", until=NOON + dt.timedelta(seconds=1)),
    ]

    found = {name: one.level for name, one in in_force(changes, "gateway", NOON).items()}

    assert found == {"a": "ERROR", "d": "DEBUG"}


@pytest.mark.parametrize("name", ["levels.yaml", "levels.json"])
def test_what_is_edited_can_be_read_and_keeps_its_mode(tmp_path: Path, name: str) -> None:
    """Each form survives being written."""
    path = tmp_path / name
    path.write_text("")
    path.chmod(0o640)
    change = Change("DEBUG", "shop", service="gateway", until=NOON, who="mia", why="가격: 'x'")

    with editing(path) as changes:
        changes.append(change)

    assert read(path) == [change]
    assert path.stat().st_mode & 0o777 == 0o640


def test_those_who_edit_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each edit starts from what the one before left."""
    path = tmp_path / "levels.yaml"

    def add(number: int) -> None:
        with editing(path) as changes:
            changes.append(Change("DEBUG", f"shop.{number}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.logger for one in read(path)} == {f"shop.{number}" for number in range(20)}


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
