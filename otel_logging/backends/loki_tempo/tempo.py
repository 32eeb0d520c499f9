"""Spans over Tempo's HTTP API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, TracesData
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from otel_logging import semconv
from otel_logging.backends.interface import BackendError, TraceQuery
from otel_logging.backends.loki_tempo.logql import quoted
from otel_logging.backends.loki_tempo.range import Range
from otel_logging.backends.loki_tempo.source import Source
from otel_logging.backends.types import Link, Span, SpanEvent, Status
from otel_logging.store.decode.spans import KINDS, STATUSES
from otel_logging.store.decode.values import attributes, hex_id

ID_DIGITS = 32


class Tempo:
    """Asks one Tempo."""

    def __init__(self, url: str) -> None:
        self._source = Source("Tempo", url, {})

    def spans(self, trace_id: str) -> list[Span]:
        """Return a trace's spans, by start; none when there is no such trace."""
        # As protobuf this answer is OTLP's TracesData.
        accept = {"Accept": "application/protobuf"}
        response = self._source.get(f"/api/traces/{trace_id}", headers=accept)
        try:
            data = TracesData.FromString(response.content) if response.is_success else TracesData()
        except DecodeError as error:
            raise BackendError(f"{self._source.where} is not a Tempo: {error}") from error
        found = {
            span.span_id: span
            for block in data.resource_spans
            for scoped in block.scope_spans
            for span in _spans(block, scoped)
        }
        return sorted(
            found.values(),
            key=lambda span: (span.start_unix_nano, -span.end_unix_nano, span.span_id),
        )

    def ids(self, traceql: str, within: Range, limit: int) -> list[str]:
        """Return the IDs of traces that a query finds, newest first."""
        query = f"{traceql} with (most_recent=true)"
        start, end = within.seconds
        answer = self._ask("/api/search", q=query, limit=limit, start=start, end=end)
        found = answer.get("traces", [])
        # Tempo leaves out leading zeros here.
        return [one["traceID"].zfill(ID_DIGITS) for one in found]

    def counts(self, traceql: str, seconds: int, by: str) -> dict[str, int]:
        """Return the number of spans in the last so many seconds, by an attribute's values."""
        query = f"{traceql} | count_over_time() by ({by})"
        series = self._ask("/api/metrics/query", q=query, since=f"{seconds}s")["series"]
        return {
            one["labels"][0]["value"]["stringValue"]: int(one.get("value", 0)) for one in series
        }

    def close(self) -> None:
        """Close the connections."""
        self._source.close()

    def _ask(self, path: str, **params: str | int) -> dict[str, list[Any]]:
        response = self._source.get(path, params)
        try:
            return msgspec.json.decode(response.content, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise BackendError(f"{self._source.where} is not a Tempo: {error}") from error


def traceql(query: TraceQuery) -> str:
    """Return the TraceQL of all conditions but time: each is met by some span of the trace."""
    wanted = ["{ }"]
    if query.service is not None:
        wanted.append(f"{{ resource.{semconv.SERVICE_NAME} = {quoted(query.service)} }}")
    if query.failed:
        wanted.append("{ status = error }")
    if query.min_duration_ns:
        wanted.append(f"{{ trace:duration >= {query.min_duration_ns}ns }}")
    return " && ".join(wanted[1:] or wanted)


def _spans(block: ResourceSpans, scoped: ScopeSpans) -> Iterable[Span]:
    resource = _values(block.resource.attributes)
    for span in scoped.spans:
        yield Span(
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_span_id=hex_id(span.parent_span_id, 8),
            name=span.name,
            kind=KINDS.get(span.kind, "INTERNAL"),
            service=str(resource.get(semconv.SERVICE_NAME) or "unknown_service"),
            scope=scoped.scope.name,
            start_unix_nano=span.start_time_unix_nano,
            end_unix_nano=span.end_time_unix_nano,
            status=Status(STATUSES.get(span.status.code, "UNSET"), span.status.message),
            attributes=_values(span.attributes),
            events=[_event(event) for event in span.events],
            links=[_link(link) for link in span.links],
            resource=resource,
        )


def _event(event: OtlpSpan.Event) -> SpanEvent:
    return SpanEvent(event.name, event.time_unix_nano, _values(event.attributes))


def _link(link: OtlpSpan.Link) -> Link:
    return Link(link.trace_id.hex(), link.span_id.hex(), _values(link.attributes))


def _values(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(attributes(pairs))
    return values
