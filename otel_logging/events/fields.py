"""What a parameter of an event is on the record: one name and one form in the whole vocabulary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from otel_logging import semconv
from otel_logging.events.outcome import Failure, Success


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


@dataclass(frozen=True, slots=True)
class Field:
    """What a parameter becomes.

    Attributes:
        names: The attributes.
        values: Their values, in the same order, given the argument; None leaves one out.
    """

    names: tuple[str, ...]
    values: Callable[[Any], Sequence[Any]]


def _as(name: str) -> Field:
    return Field((name,), lambda value: (value,))


def _time(name: str) -> Field:
    """RFC 3339 in UTC; a time without a zone is taken for UTC."""

    def text(value: dt.datetime) -> Sequence[str]:
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return (aware.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),)

    return Field((name,), text)


def _outcome(value: Success | Failure[str]) -> Sequence[str | None]:
    return value.value, value.reason


def _masked_id(value: str) -> Sequence[str]:
    """Keep the last four characters: enough to tell tokens apart, too few to be one."""
    return (f"***{value[-4:]}" if len(value) > 8 else "***",)


def _target(value: Target) -> Sequence[str]:
    return value.type, value.id


def _change(value: Change) -> Sequence[Any]:
    return value.before and dict(value.before), value.after and dict(value.after)


def _captured(value: Captured) -> Sequence[Any]:
    return value.content, value.truncated


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "outcome": Field((semconv.EVENT_OUTCOME, semconv.ERROR_TYPE), _outcome),
        "user_id": _as(semconv.USER_ID),
        "user_name": _as(semconv.USER_NAME),
        "target_user_id": _as(semconv.AUTH_TARGET_USER_ID),
        "audit_record_id": _as(semconv.AUDIT_RECORD_ID),
        "client_address": _as(semconv.CLIENT_ADDRESS),
        "login_method": _as(semconv.AUTH_LOGIN_METHOD),
        "lock_expires_at": _time(semconv.AUTH_LOCK_EXPIRES_AT),
        "failure_count": _as(semconv.AUTH_FAILURE_COUNT),
        "token_type": _as(semconv.AUTH_TOKEN_TYPE),
        "token_id": Field((semconv.AUTH_TOKEN_ID,), _masked_id),
        "expires_at": _time(semconv.AUTH_TOKEN_EXPIRES_AT),
        "revocation_reason": _as(semconv.AUTH_REVOCATION_REASON),
        "role": _as(semconv.AUTH_ROLE_NAME),
        "attack_type": _as(semconv.AUTH_ATTACK_TYPE),
        "window_seconds": _as(semconv.AUTH_ATTACK_WINDOW),
        "action": _as(semconv.ADMIN_ACTION_NAME),
        "target": Field((semconv.ADMIN_TARGET_TYPE, semconv.ADMIN_TARGET_ID), _target),
        "change": Field((semconv.ADMIN_CHANGE_BEFORE, semconv.ADMIN_CHANGE_AFTER), _change),
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
        "request_body": Field(
            (semconv.HTTP_REQUEST_BODY_CONTENT, semconv.HTTP_REQUEST_BODY_TRUNCATED), _captured
        ),
        "response_body": Field(
            (semconv.HTTP_RESPONSE_BODY_CONTENT, semconv.HTTP_RESPONSE_BODY_TRUNCATED), _captured
        ),
    }
)
"""By parameter name: how its value becomes attributes."""
