"""The record between snapshot and sinks, and its JSON form."""

from __future__ import annotations

import datetime as dt
from typing import Any


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
    """

    __slots__ = (
        "attributes",
        "body",
        "event_name",
        "observed_timestamp",
        "scope",
        "severity_number",
        "severity_text",
        "span_id",
        "timestamp",
        "trace_flags",
        "trace_id",
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


def rfc3339(nanoseconds: int) -> str:
    """Return a time since the Unix epoch as RFC 3339 in UTC, with nanoseconds."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def as_json_object(record: Record, resource: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON form of a record: one object with exactly ten members."""
    return {
        "timestamp": rfc3339(record.timestamp),
        "severity": record.severity_text,
        "body": record.body,
        "service": resource.get("service.name", "unknown_service"),
        "scope": record.scope,
        "trace_id": f"{record.trace_id:032x}" if record.trace_id else None,
        "span_id": f"{record.span_id:016x}" if record.span_id else None,
        "event_name": record.event_name,
        "attributes": record.attributes,
        "resource": resource,
    }
