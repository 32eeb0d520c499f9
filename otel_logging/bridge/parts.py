"""Encoded requests taken apart again, where the receiver does not take them as they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from otel_logging.bridge.counts import Counts
    from otel_logging.bridge.spans import SpanDrops

Levels = tuple[str, str, str]
"""The repeated fields that lead from a request to its records or spans."""

LOGS: Final[Levels] = ("resource_logs", "scope_logs", "log_records")
SPANS: Final[Levels] = ("resource_spans", "scope_spans", "spans")


class Parts(Protocol):
    """What can be done with a request that is refused."""

    def halves(self, request: bytes) -> list[bytes]:
        """Return the request as two smaller ones; none where it cannot be split."""

    def dropped(self, reason: str, request: bytes) -> None:
        """Count what is in a request that will not be delivered."""

    def rejected(self, count: int) -> None:
        """Count what was refused out of a request that was accepted."""


class LogParts:
    """Requests of log records.

    Args:
        counts: Where drops are counted.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def halves(self, request: bytes) -> list[bytes]:
        """Return the request as two of half its records each."""
        return _halves(ExportLogsServiceRequest.FromString(request), LOGS)

    def dropped(self, reason: str, request: bytes) -> None:
        """Count its records by severity."""
        records = _leaves(ExportLogsServiceRequest.FromString(request), LOGS)
        self._counts.dropped(reason, Counter(record.severity_text for record in records))

    def rejected(self, count: int) -> None:
        """Count records whose severity the receiver does not tell."""
        self._counts.dropped("rejected", {"": count})


class SpanParts:
    """Requests of spans.

    Args:
        drops: Where drops are counted.
    """

    def __init__(self, drops: SpanDrops) -> None:
        self._drops = drops

    def halves(self, request: bytes) -> list[bytes]:
        """Return the request as two of half its spans each."""
        return _halves(ExportTraceServiceRequest.FromString(request), SPANS)

    def dropped(self, reason: str, request: bytes) -> None:
        """Count its spans."""
        spans = _leaves(ExportTraceServiceRequest.FromString(request), SPANS)
        self._drops.add(reason, len(spans))

    def rejected(self, count: int) -> None:
        """Count spans."""
        self._drops.add("rejected", count)


def _leaves(request: Any, levels: Levels) -> list[Any]:
    found = [request]
    for level in levels:
        found = [inner for outer in found for inner in getattr(outer, level)]
    return found


def _halves(request: Any, levels: Levels) -> list[bytes]:
    count = len(_leaves(request, levels))
    if count < 2:
        return []
    return [_only(request, levels, kept) for kept in (range(count // 2), range(count // 2, count))]


def _only(request: Any, levels: Levels, kept: range) -> bytes:
    """Return a copy that holds only the leaves of these positions."""
    part = type(request)()
    part.CopyFrom(request)
    position = 0
    for resource in getattr(part, levels[0]):
        for scope in getattr(resource, levels[1]):
            leaves = getattr(scope, levels[2])
            chosen = [leaf for at, leaf in enumerate(leaves, position) if at in kept]
            position += len(leaves)
            del leaves[:]
            leaves.extend(chosen)
    encoded: bytes = part.SerializeToString()
    return encoded
