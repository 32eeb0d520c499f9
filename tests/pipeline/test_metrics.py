"""Metrics of a case: what is sent and read back."""

from __future__ import annotations

import msgspec
import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from otel_logging.pipeline.metrics import GivenMetric, metrics_request, points_of

NOW = 1_764_000_000_000_000_000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"type": "sum", "value": 7, "temporality": "delta"},
            {"type": "sum", "value": 7, "temporality": "delta", "monotonic": True},
        ),
        ({"value": 0.5}, {"type": "gauge", "value": 0.5}),
        (
            {"type": "histogram", "values": [0.25, 0.3, 4], "bounds": [0.25, 1]},
            {
                "type": "histogram",
                "temporality": "cumulative",
                "count": 3,
                "sum": 4.55,
                "bounds": [0.25, 1],
                "buckets": [1, 1, 1],
            },
        ),
    ],
)
def test_a_metric_is_read_as_it_was_given(
    given: dict[str, object], expected: dict[str, object]
) -> None:
    """Each kind becomes valid OTLP JSON with one point; a bound belongs to the bucket below it."""
    named = {"name": "shop.orders", "unit": "s", "attributes": {"order.item": "lamp"}}
    content = metrics_request([msgspec.convert({**named, **given}, GivenMetric)], NOW)

    Parse(content, ExportMetricsServiceRequest())
    [point] = points_of(msgspec.json.decode(content))

    origin = {"service": "pipeline-test", "scope": "pipeline.test"}
    resource = {"service.name": "pipeline-test"}
    assert point == {**named, **origin, "resource": resource, **expected}
