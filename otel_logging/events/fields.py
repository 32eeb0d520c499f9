"""What a parameter of an event is on the record: one name and one form in the whole vocabulary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from otel_logging import semconv
from otel_logging.events.outcome import Failure, Success

Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """What an administrator acts on.

    Attributes:
        type: Kind of thing, such as `account`, `role` or `setting`.
        id: Its identifier; for an account the user's ID.
    """

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Change:
    """A thing before and after; only what differs need be named. Redaction covers both.

    Attributes:
        before: Values by name; None where the thing is new.
        after: Values by name; None where the thing is gone.
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Captured:
    """A body of HTTP as far as it was captured.

    Attributes:
        content: The text or the decoded object, already redacted and cut to its limit.
        truncated: Whether something was cut off.
    """

    content: Any
    truncated: bool = False


def _as(name: str) -> Callable[[Any], Attributes]:
    return lambda value: {name: value}


def _time(name: str) -> Callable[[dt.datetime], Attributes]:
    """RFC 3339 in UTC; a time without a zone is taken for UTC."""

    def attributes(value: dt.datetime) -> Attributes:
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return {name: aware.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")}

    return attributes


def _outcome(value: Success | Failure[str]) -> Attributes:
    outcome = {semconv.EVENT_OUTCOME: value.value}
    return outcome if value.reason is None else {**outcome, semconv.ERROR_TYPE: value.reason}


def _masked_id(value: str) -> Attributes:
    """The last four characters: enough to tell tokens apart, too few to be one."""
    return {semconv.AUTH_TOKEN_ID: f"***{value[-4:]}" if len(value) > 8 else "***"}


def _target(value: Target) -> Attributes:
    return {semconv.ADMIN_TARGET_TYPE: value.type, semconv.ADMIN_TARGET_ID: value.id}


def _change(value: Change) -> Attributes:
    return {
        semconv.ADMIN_CHANGE_BEFORE: value.before and dict(value.before),
        semconv.ADMIN_CHANGE_AFTER: value.after and dict(value.after),
    }


def _captured(content: str, truncated: str) -> Callable[[Captured], Attributes]:
    return lambda value: {content: value.content, truncated: value.truncated}


FIELDS: Final[Mapping[str, Callable[[Any], Attributes]]] = MappingProxyType(
    {
        "outcome": _outcome,
        "user_id": _as(semconv.USER_ID),
        "user_name": _as(semconv.USER_NAME),
        "target_user_id": _as(semconv.AUTH_TARGET_USER_ID),
        "audit_record_id": _as(semconv.AUDIT_RECORD_ID),
        "client_address": _as(semconv.CLIENT_ADDRESS),
        "login_method": _as(semconv.AUTH_LOGIN_METHOD),
        "lock_expires_at": _time(semconv.AUTH_LOCK_EXPIRES_AT),
        "failure_count": _as(semconv.AUTH_FAILURE_COUNT),
        "token_type": _as(semconv.AUTH_TOKEN_TYPE),
        "token_id": _masked_id,
        "expires_at": _time(semconv.AUTH_TOKEN_EXPIRES_AT),
        "revocation_reason": _as(semconv.AUTH_REVOCATION_REASON),
        "role": _as(semconv.AUTH_ROLE_NAME),
        "attack_type": _as(semconv.AUTH_ATTACK_TYPE),
        "window_seconds": _as(semconv.AUTH_ATTACK_WINDOW),
        "action": _as(semconv.ADMIN_ACTION_NAME),
        "target": _target,
        "change": _change,
        "event_id": _as(semconv.EVENT_ID),
        "event_type": _as(semconv.EVENT_TYPE),
        "source": _as(semconv.EVENT_SOURCE),
        "time": _time(semconv.EVENT_TIME),
        "size": _as(semconv.EVENT_SIZE),
        "stage": _as(semconv.EVENT_STAGE_NAME),
        "state": _as(semconv.EVENT_STAGE_STATE),
        "step": _as(semconv.EVENT_STAGE_STEP),
        "reason": _as(semconv.ERROR_TYPE),
        "destination": _as(semconv.MESSAGING_DESTINATION_NAME),
        "summary": _as(semconv.EVENT_SUMMARY),
        "attempt": _as(semconv.EVENT_ATTEMPT),
        "delay_seconds": _as(semconv.EVENT_RETRY_DELAY),
        "status_code": _as(semconv.HTTP_RESPONSE_STATUS_CODE),
        "duration_seconds": _as(semconv.HTTP_SERVER_REQUEST_DURATION),
        "request_size": _as(semconv.HTTP_REQUEST_BODY_SIZE),
        "response_size": _as(semconv.HTTP_RESPONSE_BODY_SIZE),
        "query": _as(semconv.URL_QUERY),
        "request_body": _captured(
            semconv.HTTP_REQUEST_BODY_CONTENT, semconv.HTTP_REQUEST_BODY_TRUNCATED
        ),
        "response_body": _captured(
            semconv.HTTP_RESPONSE_BODY_CONTENT, semconv.HTTP_RESPONSE_BODY_TRUNCATED
        ),
    }
)
"""By parameter name: how its value becomes attributes."""
