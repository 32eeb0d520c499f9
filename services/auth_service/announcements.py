"""The log event about each entry of the audit trail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from otel_logging import events
from otel_logging.integrations.audit_trail import Entry

Details = dict[str, Any]


def announce(entry: Entry) -> None:
    """Write the event about an entry; it carries the entry's ID, and its time.

    So an event that is told again is the same record as before, wherever that went.
    """
    with events.At(datetime.fromisoformat(entry.time)):
        _ANNOUNCE[entry.action](entry, json.loads(entry.details))


def announce_late(entry: Entry) -> None:
    """Write the event about an entry of earlier, in the trace that it belongs to."""
    if entry.trace_id is None or entry.span_id is None:
        announce(entry)
        return
    span = SpanContext(
        trace_id=int(entry.trace_id, 16),
        span_id=int(entry.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    with trace.use_span(NonRecordingSpan(span)):
        announce(entry)


def _registered(entry: Entry, details: Details) -> None:
    events.auth_account_registered(outcome=events.SUCCESS, audit_record_id=entry.id, **details)


def _locked(entry: Entry, details: Details) -> None:
    expires = datetime.fromisoformat(details.pop("lock_expires_at"))
    events.auth_account_locked(lock_expires_at=expires, audit_record_id=entry.id, **details)


def _issued(entry: Entry, details: Details) -> None:
    expires = datetime.fromisoformat(details.pop("expires_at"))
    events.auth_token_issued(
        token_id=entry.target_id, expires_at=expires, audit_record_id=entry.id, **details
    )


def _refreshed(entry: Entry, details: Details) -> None:
    events.auth_token_refreshed(
        outcome=events.SUCCESS, token_id=entry.target_id, audit_record_id=entry.id, **details
    )


def _reused(entry: Entry, details: Details) -> None:
    events.auth_token_reuse_detected(token_id=entry.target_id, audit_record_id=entry.id, **details)


def _revoked(entry: Entry, details: Details) -> None:
    expires = datetime.fromisoformat(details.pop("expires_at"))
    events.auth_token_revoked(
        token_id=entry.target_id, expires_at=expires, audit_record_id=entry.id, **details
    )


def _role_granted(entry: Entry, details: Details) -> None:
    events.auth_role_granted(**_role(entry, details))


def _role_revoked(entry: Entry, details: Details) -> None:
    events.auth_role_revoked(**_role(entry, details))


def _role(entry: Entry, details: Details) -> Mapping[str, str]:
    return {
        "role": details["role"],
        "target_user_id": details["user_id"],
        "user_id": entry.actor_id or details["user_id"],
        "audit_record_id": entry.id,
    }


def _password_reset(entry: Entry, details: Details) -> None:
    events.auth_password_reset(outcome=events.SUCCESS, audit_record_id=entry.id, **details)


def _attack(entry: Entry, details: Details) -> None:
    by_address = entry.target_type == "address"
    events.auth_attack_suspected(
        client_address=entry.target_id if by_address else None,
        target_user_id=None if by_address else entry.target_id,
        audit_record_id=entry.id,
        **details,
    )


def _admin_action(entry: Entry, details: Details) -> None:
    events.admin_action(
        action=details["action"],
        user_id=entry.actor_id or entry.target_id,
        target=events.Target(entry.target_type, entry.target_id),
        change=events.Change(details["before"], details["after"]),
        outcome=events.SUCCESS,
        audit_record_id=entry.id,
    )


_ANNOUNCE: Mapping[str, Callable[[Entry, Details], None]] = {
    "auth.account.registered": _registered,
    "auth.account.locked": _locked,
    "auth.token.issued": _issued,
    "auth.token.refreshed": _refreshed,
    "auth.token.reuse_detected": _reused,
    "auth.token.revoked": _revoked,
    "auth.role.granted": _role_granted,
    "auth.role.revoked": _role_revoked,
    "auth.password.reset": _password_reset,
    "auth.attack.suspected": _attack,
    "admin.action": _admin_action,
}
