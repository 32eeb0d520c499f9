"""The record between snapshot and sinks, and its JSON form."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import msgspec


class Record:
    """One log record, complete but for its resource.

    Attributes:
        scope: Name of the logger, OpenTelemetry's instrumentation scope.
        timestamp: When the call was made, in nanoseconds since the Unix epoch.
        observed_timestamp: When the bridge took it up, in the same unit.
        severity_number: OpenTelemetry's severity, 0 (unspecified) to 24.
        severity_text: Severity by name.
        body: The message, or a structured body.
        attributes: Plain values by attribute name.
        event_name: Name of the event that the record is, or None.
        trace_id: Trace that the call was made in, 0 if none.
        span_id: Span that the call was made in, 0 if none.
        trace_flags: W3C trace flags.
        is_own: True if telemetry itself wrote it: the SDK, or a library in its threads.
        uid: `log.record.uid` as the caller gave it, or None; an attribute once it is redacted.
    """

    __slots__ = (
        "attributes",
        "body",
        "event_name",
        "is_own",
        "observed_timestamp",
        "scope",
        "severity_number",
        "severity_text",
        "span_id",
        "timestamp",
        "trace_flags",
        "trace_id",
        "uid",
    )

    scope: str
    timestamp: int
    observed_timestamp: int
    severity_number: int
    severity_text: str
    body: Any
    attributes: dict[str, Any]
    event_name: str | None
    trace_id: int
    span_id: int
    trace_flags: int
    is_own: bool
    uid: str | None


def rfc3339(nanoseconds: int) -> str:
    """Return a time since the Unix epoch as RFC 3339 in UTC, with nanoseconds."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    return f"{_to_the_second(seconds)}.{fraction:09d}Z"


@lru_cache(maxsize=8)
def _to_the_second(seconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}"


class JsonRecord(msgspec.Struct):
    """The JSON form of a record: one object with exactly ten members.

    Attributes:
        timestamp: RFC 3339 in UTC, with nanoseconds.
        severity: Severity by name.
        body: The message, or a structured body.
        service: `service.name` of the resource.
        scope: Name of the logger.
        trace_id: 32 hex digits, or None.
        span_id: 16 hex digits, or None.
        event_name: Name of the event, or None.
        attributes: Plain values by attribute name.
        resource: The resource's attributes, or their JSON.
    """

    timestamp: str
    severity: str
    body: Any
    service: str
    scope: str
    trace_id: str | None
    span_id: str | None
    event_name: str | None
    attributes: dict[str, Any]
    resource: Any


def json_record(record: Record, service: str, resource: Any) -> JsonRecord:
    """Return the JSON form of a record."""
    return JsonRecord(
        rfc3339(record.timestamp),
        record.severity_text,
        record.body,
        service,
        record.scope,
        _hex(record.trace_id, 32) if record.trace_id else None,
        _hex(record.span_id, 16) if record.span_id else None,
        record.event_name,
        record.attributes,
        resource,
    )


@lru_cache(maxsize=256)
def _hex(number: int, digits: int) -> str:
    """Return an ID in hex digits; records of one span mostly come one after the other."""
    return f"{number:0{digits}x}"
