"""What the library has to say about itself: on standard error, at a bounded rate, and counted."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import Final

INTERVAL: Final = 30.0
"""Seconds in which one kind of message is printed at most once."""


class Diagnostics:
    """Prints each kind of trouble at most once in `INTERVAL` and counts all of it.

    It never goes through `logging`: a message about a failing log call must not make one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}
        self._silent: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def report(self, kind: str, message: str) -> None:
        """Report trouble. Never raises.

        Args:
            kind: A fixed name; equal kinds share the rate limit and the count.
            message: What happened and what to do, without any logged value.
        """
        now = time.monotonic()
        with self._lock:
            self.counts[kind] += 1
            if now - self._last.get(kind, -INTERVAL) < INTERVAL:
                self._silent[kind] += 1
                return
            self._last[kind] = now
            silent = self._silent.pop(kind, 0)
        suffix = f" ({silent} more like it before)" if silent else ""
        write_line(f"otel-logging: {message}{suffix}")

    def error(self, kind: str, doing: str, error: BaseException) -> None:
        """Report an exception by its type; its text may hold what was logged."""
        self.report(kind, f"{doing} failed: {type(error).__name__}")

    def after_fork(self) -> None:
        """Start with a free lock in a forked child."""
        self._lock = threading.Lock()


def write_line(line: str) -> None:
    """Write a line to standard error, if there is one. Never raises."""
    if sys.__stderr__ is None:
        return
    with suppress(OSError, ValueError):
        sys.__stderr__.write(line + "\n")
        sys.__stderr__.flush()


diagnostics: Final = Diagnostics()
"""The process's own."""
