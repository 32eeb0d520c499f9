"""The engine in force: one holder, swapped atomically."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from otel_logging.redaction.engine import Engine

PAUSE: Final = 0.5
"""Longest wait before a fork for what is being redacted, in seconds."""


class ActiveEngine:
    """Holds the engine in force; whoever redacts takes `current` once for each record or chunk."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._busy = threading.Lock()
        self._paused = False

    @property
    def current(self) -> Engine:
        """The engine in force."""
        return self._engine

    def replace(self, engine: Engine) -> None:
        """Put another engine in force: a single reference changes, so nobody sees a mixture.

        The counts go on, whoever redacts.
        """
        engine.counts = self._engine.counts
        self._engine = engine

    @contextmanager
    def in_use(self) -> Iterator[Engine]:
        """Use the engine in force in a thread of one's own, where a fork waits for it.

        A fork while another thread is inside the matcher leaves the matcher's locks taken for
        ever in the child.
        """
        with self._busy:
            yield self._engine

    def before_fork(self) -> None:
        """Wait, briefly, until nobody is inside `in_use`."""
        self._paused = self._busy.acquire(timeout=PAUSE)

    def after_fork_in_parent(self) -> None:
        """Let others go on."""
        if self._paused:
            self._paused = False
            self._busy.release()

    def after_fork(self) -> None:
        """Start with a free lock in a forked child."""
        self._busy = threading.Lock()
        self._paused = False
