"""Delivering one request for as long as it takes: retries, backoff, an end at shutdown."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_logging.bridge.transport import Outcome, Reply
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from otel_logging.bridge.transport import Transport

FIRST_BACKOFF: Final = 0.5
"""Seconds before the second attempt; each further wait is twice as long."""

MAX_BACKOFF: Final = 30.0
"""Longest wait between attempts, in seconds; a receiver may ask for up to ten times that."""


class Result(NamedTuple):
    """What became of a request.

    Attributes:
        reason: Why it was dropped (`rejected`, `too_large`, `shutdown`); empty if delivered.
        split: True if the receiver would take less at a time.
        rejected: Records refused out of a delivered request.
    """

    reason: str = ""
    split: bool = False
    rejected: int = 0


class Sender:
    """Sends requests, one after the other, each until delivered, refused or out of time.

    Args:
        transport: Makes single attempts.
        timeout: Seconds for one attempt.
    """

    def __init__(self, transport: Transport, timeout: float) -> None:
        self._transport = transport
        self._timeout = timeout
        self._deadline = float("inf")
        self._interrupt = threading.Event()
        self.healthy = True

    @property
    def endpoint(self) -> str:
        """Where requests go, for people."""
        return self._transport.endpoint

    def deliver(self, request: bytes) -> Result:
        """Send a request, again and again while the receiver is away or asks to wait."""
        attempt = 0
        while True:
            remaining = self._deadline - time.monotonic()
            if remaining <= 0:
                return Result("shutdown")
            reply = self._transport.send(request, min(self._timeout, remaining))
            if reply.outcome is not Outcome.RETRY:
                return self._settle(reply)
            self._report_failure(reply)
            self._interrupt.wait(self._pause(attempt, reply))
            # Cut short by a shutdown: later waits, until its deadline, are waited out.
            self._interrupt.clear()
            attempt += 1

    def close_by(self, deadline: float) -> None:
        """Give up at a time (`time.monotonic`); a wait that is on is cut short once."""
        self._deadline = deadline
        self._interrupt.set()

    def after_fork(self) -> None:
        """Forget the connection, which is the parent's, in a forked child."""
        self._interrupt = threading.Event()
        self._transport.after_fork()

    def _pause(self, attempt: int, reply: Reply) -> float:
        wait = backoff(attempt)
        if reply.retry_after is not None:
            wait = max(wait, min(reply.retry_after, 10 * MAX_BACKOFF))
        if self._deadline != float("inf"):
            wait = min(wait, FIRST_BACKOFF)
        return max(min(wait, self._deadline - time.monotonic()), 0)

    def _settle(self, reply: Reply) -> Result:
        if reply.outcome is Outcome.ACCEPTED:
            if not self.healthy:
                diagnostics.report("recovered", f"{self.endpoint} takes log records again")
            self.healthy = True
            if reply.rejected:
                self._report_refusal(f"{reply.rejected} log records", "partial success")
            return Result(rejected=reply.rejected)
        if reply.outcome is Outcome.TOO_LARGE:
            return Result("too_large", split=True)
        self._report_refusal("a batch of log records", reply.reason)
        return Result("rejected")

    def _report_failure(self, reply: Reply) -> None:
        self.healthy = False
        diagnostics.report(
            "export",
            f"sending log records to {self.endpoint} failed: {reply.reason}; they are kept "
            "and sent again",
        )

    def _report_refusal(self, what: str, reason: str) -> None:
        diagnostics.report("refused", f"{self.endpoint} refused {what}: {reason}; dropped")


def backoff(attempt: int) -> float:
    """Return the seconds to wait after a failed attempt (0 is the first), with jitter."""
    seconds: float = FIRST_BACKOFF * 2 ** min(attempt, 16)
    return min(seconds, MAX_BACKOFF) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
