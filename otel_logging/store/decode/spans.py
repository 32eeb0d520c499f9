"""Spans of an OTLP request as rows."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otel_logging.store.decode.decoded import Decoded
from otel_logging.store.decode.values import (
    Origin,
    attributes,
    hex_id,
    json_text,
    nanos,
    service_and_json,
)
from otel_logging.store.tables import SPANS, Row

KINDS = {
    Span.SPAN_KIND_SERVER: "SERVER",
    Span.SPAN_KIND_CLIENT: "CLIENT",
    Span.SPAN_KIND_PRODUCER: "PRODUCER",
    Span.SPAN_KIND_CONSUMER: "CONSUMER",
}
STATUSES = {Status.STATUS_CODE_OK: "OK", Status.STATUS_CODE_ERROR: "ERROR"}


def decode_spans(request: ExportTraceServiceRequest, _now_ns: int) -> Decoded:
    """Return the rows of a request; a span without valid IDs is rejected."""
    decoded = Decoded(SPANS)
    for block in request.resource_spans:
        service, resource = service_and_json(block.resource)
        for scoped in block.scope_spans:
            origin = Origin(service, scoped.scope.name, resource)
            for span in scoped.spans:
                row = _row(span, origin)
                if row is None:
                    decoded.reject("a span has no valid trace ID and span ID")
                else:
                    decoded.rows.append(row)
    return decoded


def _row(span: Span, origin: Origin) -> Row | None:
    trace_id, span_id = hex_id(span.trace_id, 16), hex_id(span.span_id, 8)
    if trace_id is None or span_id is None:
        return None
    return (
        trace_id,
        span_id,
        hex_id(span.parent_span_id, 8),
        span.name,
        KINDS.get(span.kind, "INTERNAL"),
        origin.service,
        origin.scope,
        nanos(span.start_time_unix_nano),
        nanos(span.end_time_unix_nano),
        STATUSES.get(span.status.code, "UNSET"),
        span.status.message,
        json_text(attributes(span.attributes)),
        _events(span),
        _links(span),
        origin.resource,
    )


def _events(span: Span) -> str:
    return json_text(
        [
            {
                "name": event.name,
                "time_unix_nano": event.time_unix_nano,
                "attributes": attributes(event.attributes),
            }
            for event in span.events
        ]
    )


def _links(span: Span) -> str:
    return json_text(
        [
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "attributes": attributes(link.attributes),
            }
            for link in span.links
        ]
    )
