"""What a transport does with an encoded request, and what came of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse


class Outcome(enum.Enum):
    """What came of one attempt to send."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    TOO_LARGE = "too_large"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one attempt.

    Attributes:
        outcome: What came of it.
        reason: A status or the kind of an error, for people; no text of the receiver.
        rejected: Records refused although the request was accepted (OTLP partial success).
        retry_after: Seconds that the receiver asks to wait, or None.
    """

    outcome: Outcome
    reason: str = ""
    rejected: int = 0
    retry_after: float | None = None


class Transport(Protocol):
    """Sends encoded `ExportLogsServiceRequest`s."""

    @property
    def endpoint(self) -> str:
        """Where requests go, for people."""

    def send(self, request: bytes, timeout: float) -> Reply:
        """Make one attempt within `timeout` seconds. Never raises."""

    def close(self) -> None:
        """Close connections; a later `send` opens them again."""

    def after_fork(self) -> None:
        """Forget connections in a forked child, without closing what the parent uses."""


def accepted(body: bytes) -> Reply:
    """Return the reply for a request that was accepted, with what its body refuses."""
    try:
        success = ExportLogsServiceResponse.FromString(body).partial_success
    except Exception:  # noqa: BLE001 - any other body of a success says nothing
        return Reply(Outcome.ACCEPTED)
    return Reply(Outcome.ACCEPTED, rejected=max(int(success.rejected_log_records), 0))
