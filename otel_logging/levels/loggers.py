"""Levels of the loggers of this process, with an optional time to live."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from otel_logging.settings import TRACE, parse_level

if TYPE_CHECKING:
    from otel_logging.settings import Settings


@dataclass(frozen=True, slots=True)
class _Revert:
    level: int
    at: float
    timer: threading.Timer


_lock = threading.Lock()
_reverts: dict[str, _Revert] = {}


def apply_levels(settings: Settings) -> None:
    """Set the levels of the root logger and of each logger that the settings name."""
    logging.addLevelName(TRACE, "TRACE")
    logging.getLogger().setLevel(settings.log_level)
    for name, level in settings.logger_levels.items():
        logging.getLogger(name).setLevel(level)


def set_level(logger: str, level: int | str, ttl: float | None = None) -> None:
    """Change the level of a logger in the running process.

    Args:
        logger: Name of the logger; the empty string is the root logger.
        level: A number or a name such as `DEBUG`.
        ttl: Seconds after which the level reverts to what it was before the first
            change that had a time to live; None keeps the change.

    Raises:
        ValueError: The level is not known, or the time to live is not positive.
    """
    number = parse_level(level) if isinstance(level, str) else level
    if ttl is not None and ttl <= 0:
        raise ValueError(f"ttl={ttl!r}: expected a positive number of seconds")
    with _lock:
        target = logging.getLogger(logger)
        original = _cancel(logger, target.level)
        if ttl is not None:
            _revert_at(logger, original, time.monotonic() + ttl)
        target.setLevel(number)


def after_fork() -> None:
    """Let levels revert in a forked child too, at the time at which they would have."""
    global _lock  # noqa: PLW0603 - the child must not wait for a thread that it does not have
    _lock = threading.Lock()
    for logger, pending in list(_reverts.items()):
        _revert_at(logger, pending.level, pending.at)


def _revert_at(logger: str, level: int, at: float) -> None:
    timer = threading.Timer(max(at - time.monotonic(), 0), _revert, (logger,))
    timer.daemon = True
    _reverts[logger] = _Revert(level, at, timer)
    timer.start()


def _cancel(logger: str, current: int) -> int:
    """Drop a pending revert and return the level that it would have restored."""
    pending = _reverts.pop(logger, None)
    if pending is None:
        return current
    pending.timer.cancel()
    return pending.level


def _revert(logger: str) -> None:
    with _lock:
        pending = _reverts.get(logger)
        # A change that came while this timer was firing has its own timer.
        if pending is None or pending.timer is not threading.current_thread():
            return
        del _reverts[logger]
        logging.getLogger(logger).setLevel(pending.level)
