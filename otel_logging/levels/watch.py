"""Applies the file of level changes to this process, and takes them back in time."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from pathlib import Path
from typing import Final

from otel_logging import semconv
from otel_logging.diagnostics import diagnostics
from otel_logging.levels.file import DEFAULT, Change, LevelsFileError, in_force, read
from otel_logging.settings import SettingsError, parse_level

INTERVAL: Final = 0.5
"""Seconds between two looks at the file."""

_logger: Final = logging.getLogger("otel_logging.levels")
_NO_FILE: Final = (0, 0, 0)


class LevelsWatcher:
    """Watches a file of level changes in a thread of its own, also in forked children.

    Args:
        path: The file; it need not be there yet.
        service: `service.name` of this process.
    """

    def __init__(self, path: Path, service: str) -> None:
        self._path = path
        self._service = service
        self._seen = _NO_FILE
        self._changes: list[Change] = []
        self._applied: dict[str, Change] = {}
        self._before: dict[str, int] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Apply the file as it is, and watch it from now on.

        Raises:
            SettingsError: The file is wrong.
        """
        self._seen = self._stamp()
        try:
            self._changes = read(self._path)
        except LevelsFileError as error:
            reason = f"line {error.line}: {error.reason}"
            raise SettingsError("OTLOG_LEVELS_FILE", str(self._path), reason) from error
        self._apply()
        os.register_at_fork(after_in_child=self._after_fork)
        self._watch()

    def stop(self) -> None:
        """Watch no longer; levels stay as they are."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        self._thread = threading.Thread(target=self._run, name="otel-logging-levels", daemon=True)
        self._thread.start()

    def _after_fork(self) -> None:
        if not self._stopped.is_set():
            self._stopped = threading.Event()
            self._watch()

    def _run(self) -> None:
        while not self._stopped.wait(INTERVAL):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - the next look may go well
                diagnostics.error("levels", f"looking at {self._path}", error)

    def _look(self) -> None:
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._changes = read(self._path)
            except LevelsFileError as error:
                diagnostics.report("levels", f"{error}; levels stay as they are")
        self._apply()

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return _NO_FILE
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _apply(self) -> None:
        """Bring the loggers to what is in force now; each change is logged."""
        wanted = in_force(self._changes, self._service, dt.datetime.now(dt.UTC))
        set_ = {name: one for name, one in wanted.items() if one.level != DEFAULT}
        for name in [name for name in self._applied if name not in set_]:
            self._take_back(name, wanted.get(name))
        for name, change in set_.items():
            if self._applied.get(name) != change:
                self._set(name, change)

    def _set(self, name: str, change: Change) -> None:
        logger = logging.getLogger(name)
        before = logger.level
        self._before.setdefault(name, before)
        logger.setLevel(parse_level(change.level))
        self._applied[name] = change
        _tell(name, before, logger.level, change)

    def _take_back(self, name: str, reset: Change | None) -> None:
        change = self._applied.pop(name)
        logger = logging.getLogger(name)
        before = logger.level
        logger.setLevel(self._before.pop(name))
        why = "its time to live is over" if change in self._changes else "it left the file"
        _tell(name, before, logger.level, reset or Change(DEFAULT, name, why=why))


def _tell(name: str, before: int, after: int, change: Change) -> None:
    """Log a change, whatever the levels are now."""
    known = {
        semconv.OTEL_EVENT_NAME: semconv.EVENT_LEVELS_CHANGED,
        semconv.OTLOG_LEVELS_LOGGER: name,
        semconv.OTLOG_LEVELS_BEFORE: logging.getLevelName(before),
        semconv.OTLOG_LEVELS_AFTER: logging.getLevelName(after),
    }
    if change.level != DEFAULT and change.until is not None:
        known[semconv.OTLOG_LEVELS_EXPIRES_AT] = change.until.isoformat()
    if change.who:
        known[semconv.USER_NAME] = change.who
    if change.why:
        known[semconv.OTLOG_LEVELS_REASON] = change.why
    text = f"level of {name or 'the root logger'} changed"
    record = _logger.makeRecord(
        _logger.name, logging.WARNING, __file__, 0, text, (), None, None, known
    )
    _logger.callHandlers(record)
