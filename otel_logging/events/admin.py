"""What administrators do."""

from __future__ import annotations

from typing import Literal

from otel_logging import semconv
from otel_logging.events.declare import event
from otel_logging.events.fields import Change, Target
from otel_logging.events.outcome import Failure, Success

AdminFailure = Literal["forbidden", "unknown_target", "conflict", "internal_error"]


@event(semconv.EVENT_ADMIN_ACTION, "administrative action", audit=True)
def admin_action(
    *,
    action: str,
    user_id: str,
    target: Target,
    change: Change | None,
    outcome: Success | Failure[AdminFailure],
    audit_record_id: str | None = None,
) -> None:
    """An administrator did something, or was not allowed to.

    Args:
        action: What, as one of a few identifiers such as `account.unlock`.
        user_id: Who.
        target: On whom or what.
        change: Before and after; None where nothing changed.
        outcome: `SUCCESS`, or `Failure("forbidden")` and the like.
        audit_record_id: ID of the row of the audit trail that says the same.
    """
