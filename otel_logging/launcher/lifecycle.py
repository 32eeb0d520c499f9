"""How a process ends or doubles: normal exit, signals, fork, multiprocessing."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from multiprocessing import util as multiprocessing_util
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

GRACE: Final = 0.25
"""Seconds that a signal handler waits for delivery before the main thread goes on meanwhile.

The interrupted code may hold a lock that delivery needs; it gets the chance to release it.
"""


class Ending(Protocol):
    """What a life cycle looks after."""

    def shut_down(self) -> None:
        """Deliver and stop, within a time bounded by itself; may be called twice."""

    def before_fork(self) -> None:
        """Come to a state in which a fork does no harm."""

    def after_fork_in_parent(self) -> None:
        """Go on in the parent."""

    def after_fork(self) -> None:
        """Start anew in the child."""


class Lifecycle:
    """Delivers what is left, however the process ends.

    Args:
        process: What has to end in order and to start anew in a forked child.
    """

    def __init__(self, process: Ending) -> None:
        self._process = process
        self._signal: int | None = None
        self._helper: threading.Thread | None = None

    def install(self) -> None:
        """Register for exit, signals, fork and the end of multiprocessing's children."""
        atexit.register(self._at_exit)
        os.register_at_fork(
            before=self._process.before_fork,
            after_in_parent=self._process.after_fork_in_parent,
            after_in_child=self._in_child,
        )
        # A forked child of multiprocessing ends in os._exit, which runs no atexit handlers.
        multiprocessing_util.register_after_fork(self, Lifecycle._finalize_child)
        self.install_signals()

    def install_signals(self) -> None:
        """Deliver before SIGTERM ends the process, where nobody else handles it.

        Servers may reset handlers when they start; calling this again does no harm.
        """
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        ):
            signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._helper is None:
            self._signal = number
            self._helper = threading.Thread(target=self._deliver, args=(number,), daemon=True)
            self._helper.start()
        self._helper.join(GRACE)
        if not self._helper.is_alive():
            _end_by(number)

    def _deliver(self, number: int) -> None:
        try:
            self._process.shut_down()
        finally:
            os.kill(os.getpid(), number)

    def _at_exit(self) -> None:
        self._process.shut_down()
        # The main thread went on after a signal and reached its end: keep the exit status.
        if self._signal is not None:
            _end_by(self._signal)

    def _in_child(self) -> None:
        self._signal = None
        self._helper = None
        self._process.after_fork()

    def _finalize_child(self) -> None:
        multiprocessing_util.Finalize(None, self._process.shut_down, exitpriority=-100)


def _end_by(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def log_unhandled(log: Callable[[str, BaseException], None]) -> None:
    """Log exceptions that end the program or a thread, in place of printing them unredacted."""
    print_exception = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, stack: Any) -> None:
        if issubclass(kind, Exception):
            log("Unhandled exception", error)
        else:
            print_exception(kind, error, stack)

    def thread_excepthook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
            name = arguments.thread.name if arguments.thread else "unknown"
            log(f"Unhandled exception in thread {name}", arguments.exc_value)

    sys.excepthook = excepthook
    threading.excepthook = thread_excepthook
