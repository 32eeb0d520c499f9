"""The engine in force: one holder, swapped atomically."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from otel_logging.redaction.engine import Engine

PAUSE: Final = 0.5
"""Longest wait before a fork for what is being redacted, in seconds."""


class _Process:
    """What holds for the whole process once the launcher has said so."""

    active: "ActiveEngine | None" = None


def put_in_force(active: "ActiveEngine | None") -> None:
    """Have the whole process redact with an engine; only the launcher says which."""
    _Process.active = active


def in_force() -> "ActiveEngine | None":
    """The engine of the whole process; None where nothing was launched."""
    return _Process.active


class ActiveEngine:
    """Holds the engine in force; whoever redacts takes `current` once for each record or chunk."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._gate = threading.Condition()
        self._users = 0

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
        ever in the child. Users do not wait for one another.
        """
        with self._gate:
            self._users += 1
        try:
            yield self._engine
        finally:
            with self._gate:
                self._users -= 1
                self._gate.notify_all()

    def before_fork(self) -> None:
        """Wait, briefly, until nobody is inside `in_use`, and let nobody in."""
        self._gate.acquire()
        self._gate.wait_for(lambda: not self._users, PAUSE)

    def after_fork_in_parent(self) -> None:
        """Let others go on."""
        self._gate.release()

    def after_fork(self) -> None:
        """Start with a free gate in a forked child."""
        self._gate = threading.Condition()
        self._users = 0
