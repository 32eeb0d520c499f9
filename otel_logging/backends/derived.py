"""Overviews worked out from searches, for backends that cannot be asked for them.

They look at the newest records and traces only, so they are of a sample when there are more.
"""

from __future__ import annotations

import re
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from otel_logging import semconv
from otel_logging.backends.analysis import (
    ErrorGroup,
    GraphEdge,
    GraphNode,
    Histogram,
    ServiceGraph,
)
from otel_logging.backends.json_text import json_text
from otel_logging.backends.types import LogRecord, Span

SAMPLE = 5000
"""The most records that are looked at."""
TRACES = 50
"""The most traces that are looked at."""

_FRAME = re.compile(r'File "[^"]*", line \d+, in [^\n]*')


def histogram_of(
    records: Sequence[LogRecord], ends: tuple[int | None, int | None], buckets: int
) -> Histogram:
    """Return the counts of some records between two times, or their own first and last."""
    times = [record.time_unix_nano for record in records] or [time.time_ns()]
    first = min(times) if ends[0] is None else ends[0]
    last = max(first, max(times) if ends[1] is None else ends[1])
    step = max(1, -(-(last - first + 1) // buckets))
    counts: list[dict[str, int]] = [{} for _ in range(buckets)]
    for record in records:
        step_counts = counts[(record.time_unix_nano - first) // step]
        step_counts[record.severity] = step_counts.get(record.severity, 0) + 1
    return Histogram(start_unix_nano=first, step_ns=step, counts=counts)


def errors_of(records: Sequence[LogRecord]) -> list[ErrorGroup]:
    """Return some error records in groups, the most frequent first."""
    groups: dict[tuple[str, str, str], list[LogRecord]] = defaultdict(list)
    for record in records:
        kind = record.attributes.get(semconv.EXCEPTION_TYPE) or record.event_name or record.scope
        groups[record.service, str(kind), _place(record)].append(record)
    found = [_group(key, members) for key, members in groups.items()]
    return sorted(found, key=lambda group: -group.count)


def graph_of(spans: Sequence[Span]) -> ServiceGraph:
    """Return the services and calls that some spans tell of."""
    by_id = {(span.trace_id, span.span_id): span for span in spans}
    entered = [span for span in spans if span.kind in {"SERVER", "CONSUMER"}]
    nodes: dict[str, list[Span]] = defaultdict(list)
    edges: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in entered:
        nodes[span.service].append(span)
        for caller in _callers(span, by_id.get):
            edges[caller, span.service].append(span)
    return ServiceGraph(
        [_node(service, members) for service, members in sorted(nodes.items())],
        [_edge(ends, members) for ends, members in sorted(edges.items())],
    )


def _place(record: LogRecord) -> str:
    frames = _FRAME.findall(str(record.attributes.get(semconv.EXCEPTION_STACKTRACE, "")))
    file = record.attributes.get(semconv.CODE_FILE_PATH)
    written = f"{file}:{record.attributes.get(semconv.CODE_LINE_NUMBER)}" if file else record.scope
    return frames[-1] if frames else written


def _group(key: tuple[str, str, str], members: list[LogRecord]) -> ErrorGroup:
    members = sorted(members, key=lambda record: record.time_unix_nano)
    latest = members[-1]
    said = latest.attributes.get(semconv.EXCEPTION_MESSAGE)
    return ErrorGroup(
        service=key[0],
        type=key[1],
        place=key[2],
        message=json_text(latest.body if said is None else said),
        # On its way up a failure may be told more than once.
        count=len({record.trace_id or record.timestamp for record in members}),
        first_seen=members[0].timestamp,
        last_seen=latest.timestamp,
        trace_id=latest.trace_id,
    )


def _callers(span: Span, find: Callable[[tuple[str, str]], Span | None]) -> set[str]:
    above = [(span.trace_id, span.parent_span_id or "")]
    if span.kind == "CONSUMER":
        above += [(link.trace_id, link.span_id) for link in span.links]
    callers = {found.service for key in above if (found := find(key)) is not None}
    return callers if span.kind == "CONSUMER" else callers - {span.service}


def _node(service: str, members: list[Span]) -> GraphNode:
    median, p95 = _latency(members)
    return GraphNode(
        service=service,
        calls=len(members),
        errors=sum(span.failed for span in members),
        median_ns=median,
        p95_ns=p95,
        first_ns=min(span.start_unix_nano for span in members),
        last_ns=max(span.end_unix_nano for span in members),
    )


def _edge(ends: tuple[str, str], members: list[Span]) -> GraphEdge:
    median, p95 = _latency(members)
    return GraphEdge(
        caller=ends[0],
        service=ends[1],
        by_message=any(span.kind == "CONSUMER" for span in members),
        calls=len(members),
        errors=sum(span.failed for span in members),
        median_ns=median,
        p95_ns=p95,
    )


def _latency(members: list[Span]) -> tuple[int, int]:
    lengths = [span.duration_ns for span in members]
    if len(lengths) == 1:
        return lengths[0], lengths[0]
    cuts = statistics.quantiles(lengths, n=20, method="inclusive")
    return int(cuts[9]), int(cuts[18])
