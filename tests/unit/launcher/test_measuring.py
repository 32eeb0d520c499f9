"""Instruments that remember their points measure what the SDK's own measure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.trace import TracerProvider

from otel_logging.launcher import measuring

_SETS: tuple[dict[Any, Any] | None, ...] = (
    None,
    {},
    {"route": "/a", "status": 200},
    {"status": 200, "route": "/a"},
    {"route": "/a", "status": "200"},
    {"flag": True},
    {"flag": 1},
    {"flag": 1.0},
    {"tags": ["a", "b"]},
    {"nested": {"deep": 1}},
    {"object": object},
    {"": "no name", "route": "/b"},
    {7: "no text"},
)
_AMOUNTS = (0, 1, 0.5, 12, -1, math.inf, -math.inf, math.nan, 1)


@pytest.fixture
def remembering() -> Iterator[None]:
    """Let instruments remember their points for one test."""
    measuring.instrument()
    yield
    measuring.uninstrument()


def _measured(*, late_reader: bool = False) -> list[Any]:
    """The points that two readers see after the same measurements."""
    readers = [InMemoryMetricReader(), InMemoryMetricReader()]
    views = [View(instrument_name="narrow", attribute_keys={"route"})]
    provider = MeterProvider(readers[:1] if late_reader else readers, views=views)
    meter = provider.get_meter("measured")
    measures = [
        meter.create_counter("requests").add,
        meter.create_up_down_counter("active").add,
        meter.create_histogram("duration").record,
        meter.create_histogram("narrow").record,
    ]
    tracer = TracerProvider().get_tracer("measured")
    for turn, attributes in product(range(3), _SETS):
        for measure, amount in product(measures, _AMOUNTS):
            measure(amount, attributes)
            span = trace.NonRecordingSpan(trace.SpanContext(turn + 1, 2, is_remote=False))
            measure(amount, attributes, trace.set_span_in_context(span))
        with tracer.start_as_current_span("work"):
            for measure in measures:
                measure(1, attributes)
        if late_reader and turn == 0:
            provider.add_metric_reader(readers[1])
    shown = [_shown(reader) for reader in readers]
    provider.shutdown()
    return shown


def _shown(reader: InMemoryMetricReader) -> list[Any]:
    data = reader.get_metrics_data()
    assert data is not None
    (scope,) = data.resource_metrics[0].scope_metrics
    return [
        (
            metric.name,
            point.attributes,
            [
                getattr(point, name, None)
                for name in ("value", "count", "sum", "min", "max", "bucket_counts")
            ],
            [(each.filtered_attributes, bool(each.trace_id)) for each in point.exemplars],
        )
        for metric in scope.metrics
        for point in metric.data.data_points
    ]


@pytest.mark.parametrize("late_reader", [False, True])
def test_points_are_the_sdks(late_reader, request) -> None:
    """Attributes, values, buckets and exemplars are the same, whatever is measured."""
    theirs = _measured(late_reader=late_reader)
    request.getfixturevalue("remembering")
    ours = _measured(late_reader=late_reader)

    assert ours == theirs
    assert len(ours[1]) > len(_SETS)


def test_points_are_found_once(remembering) -> None:
    """A known set of attributes is not hashed again; beyond the bound all are counted still."""
    reader = InMemoryMetricReader()
    counter = MeterProvider([reader]).get_meter("measured").create_counter("requests")
    many = 2 * measuring.MAX_POINTS
    for number in [*range(many), *range(many)]:
        counter.add(1, {"number": number})
    points = vars(counter)[measuring._POINTS]
    data = reader.get_metrics_data()
    assert data is not None
    counted = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points

    assert len(points) == measuring.MAX_POINTS
    assert [point.value for point in counted] == [2] * many


def test_another_sdk_is_left_alone(monkeypatch) -> None:
    """Instruments of an SDK whose insides are not known stay as they are."""
    add = Counter.add
    monkeypatch.setattr(measuring, "__version__", "1.46.0")
    measuring.instrument()

    assert Counter.add is add
