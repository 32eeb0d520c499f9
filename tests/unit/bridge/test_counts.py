"""The library's own failures, as a metric."""

from __future__ import annotations

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_logging.bridge.counts import Counts
from otel_logging.diagnostics import diagnostics


def test_failures_of_the_library_are_counted_by_kind() -> None:
    """What went wrong inside is one more point of `otlog.self.errors`."""
    reader = InMemoryMetricReader()
    Counts().observe(MeterProvider([reader]).get_meter("test"), lambda: 0)

    before = failures(reader)
    for _ in range(2):
        diagnostics.error("test", "trying", ValueError("no"))

    assert failures(reader) == {**before, "test": before.get("test", 0) + 2}


def failures(reader: InMemoryMetricReader) -> dict[str, int]:
    """How many there were of each kind."""
    data = reader.get_metrics_data()
    return {
        point.attributes["kind"]: point.value
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "otlog.self.errors"
        for point in metric.data.data_points
    }
