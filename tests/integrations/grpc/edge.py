"""What is left of a call's trace and user at the edge of the system."""

from __future__ import annotations

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from tests.integrations.conftest import Records


def assert_only_linked(server: ReadableSpan, records: Records, spans: InMemorySpanExporter) -> None:
    """The call has a trace of its own, with a link to the caller's, and no user."""
    (client,) = [span for span in spans.get_finished_spans() if span.kind is SpanKind.CLIENT]
    (record,) = records.by("shop.orders")
    assert server.context.trace_id != client.context.trace_id
    assert record.trace_id == f"{server.context.trace_id:032x}"
    assert [link.context.span_id for link in server.links] == [client.context.span_id]
    assert record.attributes["rpc.method"] == "shop.Orders/Place"
    assert "user.id" not in record.attributes
