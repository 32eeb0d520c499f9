"""What every backend can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from otel_logging.backends.analysis import (
    ErrorGroup,
    Histogram,
    MetricName,
    MetricPoint,
    ServiceGraph,
)
from otel_logging.backends.types import LogRecord, Service, Summary, TraceSummary, Transaction


class BackendError(Exception):
    """A backend cannot answer; the message says why and what to do."""


class NotFoundError(BackendError):
    """The backend answers, and has no such trace."""


class LogQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records are wanted; what is None does not matter.

    Attributes:
        severity: This level or above.
        text: Stands in the body or in an attribute, in any case.
        user: `user.id`.
        attributes: Values by attribute name, compared as text.
        since_ns: Unix nanoseconds, included.
        until_ns: Unix nanoseconds, included.
        limit: The most records to return.
        newest_first: Which end of the range the limit keeps, and the order.
    """

    service: str | None = None
    severity: str | None = None
    text: str | None = None
    scope: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    user: str | None = None
    attributes: dict[str, str] = {}
    since_ns: int | None = None
    until_ns: int | None = None
    limit: int = 100
    newest_first: bool = True


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which traces are wanted.

    Attributes:
        service: Takes part in it.
        min_duration_ns: At least this long.
        failed: Only those with a span whose status is ERROR.
        since_ns: Started then or later, Unix nanoseconds.
        until_ns: Started then or earlier, Unix nanoseconds.
        limit: The most traces to return.
        longest_first: The order, and what the limit keeps; else the newest.
    """

    service: str | None = None
    min_duration_ns: int = 0
    failed: bool = False
    since_ns: int | None = None
    until_ns: int | None = None
    limit: int = 20
    longest_first: bool = False


class OverviewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What an overview is over; what is None does not matter.

    Attributes:
        since_ns: Unix nanoseconds, included.
        until_ns: Unix nanoseconds, included.
    """

    service: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    limit: int = 100


class Backend(Protocol):
    """Logs and traces, wherever they are kept. Every method raises BackendError."""

    def search_logs(self, query: LogQuery) -> list[LogRecord]:
        """Return the records that match."""

    def tail(self, query: LogQuery) -> Iterator[LogRecord]:
        """Yield matching records as they arrive, without end."""

    def trace(self, trace_id: str) -> Transaction:
        """Return the trace whose ID starts so, when there is exactly one."""

    def traces(self, query: TraceQuery) -> list[TraceSummary]:
        """Return the traces that match, the newest or the longest first."""

    def services(self) -> list[Service]:
        """Return all services by name."""

    def summary(self) -> Summary:
        """Return counts over everything, and the orphans."""

    def histogram(self, query: LogQuery, buckets: int) -> Histogram:
        """Return how many of the matching records there are over time, in so many steps."""

    def errors(self, query: OverviewQuery) -> list[ErrorGroup]:
        """Return errors by service, type and place, the most frequent first."""

    def graph(self, query: OverviewQuery) -> ServiceGraph:
        """Return the services and who calls whom."""

    def metric_names(self, query: OverviewQuery) -> list[MetricName]:
        """Return the metrics that are kept."""

    def metric(self, name: str, query: OverviewQuery) -> list[MetricPoint]:
        """Return the newest points of a metric, oldest first."""

    def close(self) -> None:
        """Release connections."""
