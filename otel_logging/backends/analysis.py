"""What a backend answers when asked for an overview, whichever backend it is."""

from __future__ import annotations

from typing import Any

import msgspec


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of records over time, in steps of equal length.

    Attributes:
        start_unix_nano: Where the first step starts.
        step_ns: The length of a step.
        counts: For each step the number of records by level; levels without any are left out.
    """

    start_unix_nano: int
    step_ns: int
    counts: list[dict[str, int]]


class ErrorGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of one type at one place; times are RFC 3339.

    Attributes:
        type: The exception's type, else the event's name or the logger's.
        place: The innermost frame of the stack, else where it was written.
        message: What the latest one says.
        count: Transactions in which it happened; without a trace each time counts.
        trace_id: The trace of the latest one; None when it has none.
    """

    service: str
    type: str
    place: str
    message: str
    count: int
    first_seen: str
    last_seen: str
    trace_id: str | None = None


class GraphNode(msgspec.Struct, frozen=True, kw_only=True):
    """A service, and the requests and messages that it took up."""

    service: str
    calls: int
    errors: int
    median_ns: int
    p95_ns: int
    first_ns: int
    last_ns: int


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True):
    """A service that asks another, or sends it messages; latency is that of the callee."""

    caller: str
    service: str
    by_message: bool
    calls: int
    errors: int
    median_ns: int
    p95_ns: int


class ServiceGraph(msgspec.Struct, frozen=True):
    """Services and who calls whom."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class MetricName(msgspec.Struct, frozen=True, kw_only=True):
    """A metric that is kept; its type is OTLP's: gauge, sum, histogram and so on."""

    name: str
    type: str
    unit: str
    services: list[str]
    series: int
    points: int


class MetricPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a series.

    Attributes:
        series: What tells the series apart.
        temporality: cumulative or delta; None for a gauge.
        value: The number, or the sum of a distribution.
        data: The rest of a distribution, as in the OTLP JSON mapping.
        exemplars: Measurements that it holds, each with the trace and span that it was made in.
    """

    series: str
    timestamp: str
    service: str
    name: str
    type: str
    unit: str
    temporality: str | None
    monotonic: bool | None
    value: float | None
    data: dict[str, Any] | None
    attributes: dict[str, Any]
    resource: dict[str, Any] = {}
    exemplars: list[dict[str, Any]] = []
