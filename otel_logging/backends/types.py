"""What a backend answers with, whichever backend it is."""

from __future__ import annotations

from typing import Any

import msgspec

from otel_logging.backends.times import unix_nanos


class LogRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A log record in the project's JSON form.

    Attributes:
        timestamp: RFC 3339 in UTC, to the nanosecond.
        severity: Severity text.
        body: A string, or a structure where the body was one.
        service: `service.name` of its resource.
        scope: Instrumentation scope, the logger's name.
        uid: `log.record.uid`, or what the backend tells records apart by.
    """

    timestamp: str
    severity: str
    body: Any
    service: str
    scope: str
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    uid: str | None = None

    @property
    def time_unix_nano(self) -> int:
        """The timestamp in Unix nanoseconds."""
        return unix_nanos(self.timestamp)


class Status(msgspec.Struct, frozen=True):
    """A span's status: UNSET, OK or ERROR, and what is said of it."""

    code: str = "UNSET"
    message: str = ""


class SpanEvent(msgspec.Struct, frozen=True):
    """Something that happened at one time in a span."""

    name: str
    time_unix_nano: int
    attributes: dict[str, Any] = {}


class Link(msgspec.Struct, frozen=True):
    """A span's reference to another span, mostly of another trace."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any] = {}


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a service; times are Unix nanoseconds of that service's clock."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    kind: str
    service: str
    scope: str
    start_unix_nano: int
    end_unix_nano: int
    status: Status = Status()
    attributes: dict[str, Any] = {}
    events: list[SpanEvent] = []
    links: list[Link] = []
    resource: dict[str, Any] = {}

    @property
    def duration_ns(self) -> int:
        """The span's length; 0 when it ended before it began."""
        return max(0, self.end_unix_nano - self.start_unix_nano)

    @property
    def failed(self) -> bool:
        """Whether its status is ERROR."""
        return self.status.code == "ERROR"


class Transaction(msgspec.Struct, frozen=True):
    """A trace whole: its spans, and the records written in them, both by time."""

    trace_id: str
    spans: list[Span]
    logs: list[LogRecord]


class TraceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A trace in a list; `error_count` counts spans whose status is ERROR."""

    trace_id: str
    root_name: str
    root_service: str
    start_unix_nano: int
    duration_ns: int
    span_count: int
    log_count: int
    error_count: int
    services: list[str]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service and how much it wrote; times are RFC 3339."""

    name: str
    logs: int
    spans: int
    errors: int
    first_seen: str
    last_seen: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over everything kept; orphans are served records without a known trace."""

    traces: int
    spans: int
    logs: int
    orphan_logs: int
    services: list[str]
    orphans: list[LogRecord]
