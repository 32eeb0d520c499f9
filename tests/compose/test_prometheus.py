"""What Grafana asks for finds what the Collector gave, on a real Prometheus."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from stack.ports import HOST
from stack.prometheus import Prometheus
from tests.collector import canary, far_ends
from tests.collector.test_span_metrics import by_service, span
from tests.collector.waiting import until
from tests.compose.test_backends import SOURCES, program, queries

pytestmark = pytest.mark.collector


@pytest.fixture(scope="module")
def trace_id() -> bytes:
    """The trace whose spans are measured."""
    return uuid.uuid4().bytes


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, trace_id: bytes) -> Iterator[Prometheus]:
    """A Prometheus that scrapes a Collector through which a gateway called auth-service."""
    folder = tmp_path_factory.mktemp("stack")
    client = span(trace_id, None, Span.SPAN_KIND_CLIENT)
    server = span(trace_id, client, Span.SPAN_KIND_SERVER)

    with far_ends.opened(folder / "collector", ("loki-tempo",), interval="5s") as ends:
        targets = {
            "collector:9464": f"{HOST}:{ends.collector.prometheus_port}",
            "collector:8888": f"{HOST}:{ends.collector.self_metrics_port}",
        }
        with Prometheus(folder / "prometheus", program("prometheus"), targets) as running:
            until(lambda: len(running.query("up == 1")) == len(targets), "both pages scraped")
            request = by_service({"gateway": client, "auth-service": server})
            assert canary.send(ends.collector.http, request).status_code == 200
            yield running


@pytest.mark.parametrize(
    "selector",
    [
        'traces_spanmetrics_calls_total{service="auth-service", span_kind="SPAN_KIND_SERVER"}',
        'traces_spanmetrics_latency_bucket{service="gateway", le="0.05"}',
        'traces_service_graph_request_total{client="gateway", server="auth-service"}',
        'traces_service_graph_request_server_seconds_sum{client="gateway"}',
        'otelcol_exporter_queue_capacity{exporter="otlp_http/loki"}',
    ],
)
def test_series_are_found(prometheus: Prometheus, selector: str) -> None:
    """Span metrics, the service graph and the Collector's own metrics can be queried."""
    until(lambda: prometheus.query(selector) != [], selector)

    assert len(prometheus.query(selector)) == 1


def test_exemplar_leads_to_the_trace(prometheus: Prometheus, trace_id: bytes) -> None:
    """A latency bucket's exemplar has the trace ID under the label that Grafana follows."""
    (link,) = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]

    def linked() -> set[str]:
        found = prometheus.exemplars("traces_spanmetrics_latency_bucket")
        return {exemplar["labels"].get(link["name"], "") for exemplar in found}

    until(lambda: trace_id.hex() in linked(), "the exemplar")


def test_service_name_is_the_applications(prometheus: Prometheus) -> None:
    """The page's own labels win over those of the scrape, so that jobs are services."""
    selector = 'traces_spanmetrics_calls_total{service="gateway"}'
    until(lambda: prometheus.query(selector) != [], selector)
    (series,) = prometheus.query(selector)

    assert series["metric"]["job"] == "gateway"


@pytest.mark.parametrize(("name", "query"), queries())
def test_query_behind_a_span_is_answered(prometheus: Prometheus, name: str, query: str) -> None:
    """Each query behind a span runs; what it takes the rate of is there for the service."""
    filled = query.replace("$__tags", 'service="auth-service"').replace("rate(", "last_over_time(")

    until(lambda: prometheus.query(filled) != [], f"{name}: {filled}")
