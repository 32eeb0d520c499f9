"""Spans give the metrics that Grafana's Tempo data source asks for, under its names."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.collector import canary, far_ends
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

_LATENCY = r"traces_spanmetrics_latency_bucket\{[^}]*\} \d+ # \{[^}]*\} [\d.e-]+"


def span(
    trace_id: bytes, parent: Span | None, kind: Span.SpanKind.ValueType, **attributes: str
) -> Span:
    """A failed span of 20 ms, below its parent."""
    end = time.time_ns()
    return Span(
        trace_id=trace_id,
        span_id=uuid.uuid4().bytes[:8],
        parent_span_id=parent.span_id if parent else b"",
        name="orders",
        kind=kind,
        start_time_unix_nano=end - 20_000_000,
        end_time_unix_nano=end,
        status=Status(code=Status.STATUS_CODE_ERROR),
        attributes=canary.attributes(attributes),
    )


def by_service(spans: dict[str, Span]) -> ExportTraceServiceRequest:
    """Spans of several services as one export request."""
    request = ExportTraceServiceRequest()
    for service, of_service in spans.items():
        of_resource = request.resource_spans.add(resource=canary.resource(service))
        of_resource.scope_spans.add(spans=[of_service])
    return request


def test_metrics_of_spans_have_tempos_names(tmp_path: Path) -> None:
    """Calls, latency in seconds with the trace as exemplar, and both kinds of edges are there."""
    trace_id = uuid.uuid4().bytes
    client = span(trace_id, None, Span.SPAN_KIND_CLIENT)
    server = span(trace_id, client, Span.SPAN_KIND_SERVER)
    producer = span(trace_id, server, Span.SPAN_KIND_PRODUCER, **{"messaging.system": "rabbitmq"})
    consumer = span(trace_id, producer, Span.SPAN_KIND_CONSUMER, **{"messaging.system": "rabbitmq"})
    calls = (
        'traces_spanmetrics_calls_total{service="auth-service",span_kind="SPAN_KIND_SERVER",'
        'span_name="orders",status_code="STATUS_CODE_ERROR"} 1'
    )
    hop = (
        'traces_service_graph_request_total{client="gateway",connection_type="",'
        'failed="true",server="auth-service"} 1'
    )
    message = (
        'traces_service_graph_request_total{client="event-service",'
        'connection_type="messaging_system",failed="true",server="worker"} 1'
    )

    with far_ends.opened(tmp_path, ("loki-tempo",)) as ends:
        pairs = (
            {"gateway": client, "auth-service": server},
            {"event-service": producer, "worker": consumer},
        )
        for pair in pairs:
            assert canary.send(ends.collector.http, by_service(pair)).status_code == 200
        for wanted in (calls, hop, message):
            until(lambda: wanted in simplified(ends.page()), wanted)  # noqa: B023
        seen = ends.page().decode()

    assert re.search(r"traces_service_graph_request_server_seconds_bucket\{", seen)
    assert re.search(r"traces_service_graph_request_failed_total\{", seen)
    assert re.search(r'traces_spanmetrics_latency_bucket\{[^}]*le="0.05"\} 1', seen)


def test_latency_carries_the_trace_as_exemplar(tmp_path: Path) -> None:
    """A bucket of the latency names the trace that fell into it."""
    trace_id = uuid.uuid4().bytes
    request = by_service({"gateway": span(trace_id, None, Span.SPAN_KIND_SERVER)})

    with far_ends.opened(tmp_path, ("loki-tempo",), interval="5s") as ends:
        assert canary.send(ends.collector.http, request).status_code == 200

        until(lambda: trace_id.hex() in exemplars(ends.page()), "the trace as an exemplar")


def simplified(page: bytes) -> str:
    """A page with only the labels that say what is measured, values as integers."""
    shown = (
        "client",
        "server",
        "failed",
        "connection_type",
        "service",
        "span_kind",
        "span_name",
        "status_code",
    )
    lines = []
    for line in page.decode().splitlines():
        if found := re.match(r"(\w+)\{(.*)\} ([\d.]+)", line):
            labels = [label for label in found[2].split(",") if label.partition("=")[0] in shown]
            lines.append(f"{found[1]}{{{','.join(sorted(labels))}}} {float(found[3]):g}")
    return "\n".join(lines)


def exemplars(page: bytes) -> str:
    """The lines of the latency histogram that carry an exemplar."""
    return "\n".join(re.findall(_LATENCY, page.decode()))
