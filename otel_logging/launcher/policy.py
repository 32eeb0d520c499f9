"""The redaction policy of this process: read at the start, followed from then on."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics

from otel_logging.diagnostics import write_line
from otel_logging.launcher.unredacted import UnredactedEngine
from otel_logging.redaction.active import ActiveEngine
from otel_logging.redaction.engine import Engine
from otel_logging.redaction.load import load_policy
from otel_logging.redaction.measures import Measures
from otel_logging.redaction.watch import PolicyWatcher, read_content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otel_logging.redaction.policy import Policy
    from otel_logging.settings import Settings

_OFF: Final = (
    "otel-logging: WARNING: redaction is OFF (OTLOG_REDACTION=off): secrets will be "
    "exported and printed as they are"
)


class PolicyInForce:
    """The rules of this process.

    Args:
        settings: Which file, and whether redaction is on.
        service: `service.name`, whose section applies.

    Attributes:
        active: The engine in force.

    Raises:
        PolicyError: The policy cannot be used.
    """

    def __init__(self, settings: Settings, service: str) -> None:
        self._service = service
        followed = settings.policy is not None and settings.redaction
        # The application may change its working directory.
        file = Path.cwd() / settings.policy if settings.policy is not None else None
        known = read_content(file) if file is not None else b""
        policy = load_policy(settings.policy)
        if not settings.redaction:
            write_line(_OFF)
        make = self._make if settings.redaction else self._make_nothing
        self.active = ActiveEngine(make(policy))
        self._watcher = (
            PolicyWatcher(file, self.active, self._make, known)
            if file is not None and followed
            else None
        )

    def follow(self) -> None:
        """Report what redaction does, and follow the file, if it is not the package's own."""
        os.register_at_fork(after_in_child=self._after_fork)
        Measures(self.active, self._reloads).observe(metrics.get_meter("otel_logging"))
        if self._watcher is not None:
            self._watcher.start()
            _on_hang_up(self._watcher.ask)

    def _make(self, policy: Policy) -> Engine:
        return Engine(policy, self._service)

    def _make_nothing(self, policy: Policy) -> Engine:
        return UnredactedEngine(policy, self._service)

    def _reloads(self) -> Mapping[str, int]:
        return self._watcher.reloads if self._watcher is not None else Counter()

    def _after_fork(self) -> None:
        self.active.current.counts.after_fork()


def _on_hang_up(ask: Callable[[], None]) -> None:
    """Let SIGHUP ask for the rules, where it would end the process for no reason.

    A handler of the application's stays, and so does a server's that sets its own later
    (gunicorn's master). With a terminal the signal says that the terminal went away.
    """
    if (
        threading.current_thread() is threading.main_thread()
        and not _has_terminal()
        and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGHUP, lambda _number, _frame: ask())


def _has_terminal() -> bool:
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
        return True
    return False
