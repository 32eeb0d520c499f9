"""Threads that are there before they are needed: Python 3.12 starts none while it ends."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable


class Errand:
    """Something that a thread was asked to do.

    Args:
        function: What to do.
        args: With what.
    """

    def __init__(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._function = function
        self._args = args
        self._done = threading.Event()

    def do(self) -> None:
        """Do it; a failure is reported, not raised."""
        try:
            self._function(*self._args)
        except Exception as error:  # noqa: BLE001 - one errand must not keep the others
            name = getattr(self._function, "__qualname__", type(self._function).__name__)
            diagnostics.error("errand", name, error)
        finally:
            self._done.set()

    def join(self, timeout: float) -> bool:
        """Wait for its end, for so many seconds; tell whether it came."""
        return self._done.wait(max(timeout, 0))


class Errands:
    """Threads that wait for errands to run side by side.

    Args:
        count: How many errands can run at once.
    """

    def __init__(self, count: int) -> None:
        self._count = 0
        self._waiting: queue.SimpleQueue[Errand] = queue.SimpleQueue()
        self.more(count)

    def more(self, count: int) -> None:
        """Let so many more run at once."""
        self._count += count
        self._start(count)

    def run(self, function: Callable[..., object], *args: Any) -> Errand:
        """Let one of the threads call a function."""
        errand = Errand(function, args)
        self._waiting.put(errand)
        return errand

    def after_fork(self) -> None:
        """Start threads of its own in a forked child."""
        self._waiting = queue.SimpleQueue()
        self._start(self._count)

    def _start(self, count: int) -> None:
        for _ in range(count):
            threading.Thread(
                target=_work, args=(self._waiting,), name="otlog-errand", daemon=True
            ).start()


def _work(waiting: queue.SimpleQueue[Errand]) -> None:
    while True:
        waiting.get().do()
