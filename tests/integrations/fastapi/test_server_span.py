"""The server span is that of opentelemetry-instrumentation-asgi, however it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.instrumentation import _semconv
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.trace import SpanKind
from opentelemetry.util._once import Once

from otel_logging.integrations.fastapi import server_span
from tests.integrations.fastapi.shop import client_of, make_app

_TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"
_CASES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "/items/7?pause=0&sig=a%20b", {"traceparent": _TRACEPARENT, "tracestate": "v=1"}),
    ("GET", "/thread/7", {"user-agent": "Googlebot/2.1", "host": "shop.example:8080"}),
    ("GET", "/background", {"x-forwarded-for": "10.0.0.1"}),
    ("GET", "/background", {}),
    ("GET", "/broken", {}),
    ("GET", "/stream", {}),
    ("POST", "/stream", {"content-length": "0"}),
    ("BREW", "/nowhere", {}),
)


@pytest.fixture(autouse=True)
def _stable_conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the conventions that `opentelemetry-instrument` sets."""
    stability = _semconv._OpenTelemetrySemanticConventionStability
    stability._initialize()
    modes = stability._OTEL_SEMCONV_STABILITY_SIGNAL_MAPPING
    signal = _semconv._OpenTelemetryStabilitySignalType.HTTP
    monkeypatch.setitem(modes, signal, _semconv._StabilityMode.HTTP)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """What is measured."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER", provider)
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER_SET_ONCE", Once())
    assert metrics.get_meter_provider() is provider
    yield reader
    provider.shutdown()


async def _spans_of_cases(spans: Any) -> list[tuple[Any, ...]]:
    app = make_app()
    spans.clear()
    async with client_of(app) as client:
        for method, path, headers in _CASES:
            await client.request(method, path, headers=headers)
    FastAPIInstrumentor.uninstrument_app(app)
    return [_shown(span) for span in spans.get_finished_spans()]


def _shown(span: Any) -> tuple[Any, ...]:
    remote = bool(span.parent and span.parent.is_remote)
    parent = (remote, remote and span.parent.span_id, span.parent is None)
    events = [(event.name, event.attributes["exception.type"]) for event in span.events]
    state = span.context.trace_state.to_header()
    attributes = dict(span.attributes)
    status = (span.status.status_code, span.status.description)
    return span.name, span.kind, parent, state, attributes, status, events


def _points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: sorted(
            (sorted(point.attributes.items()), getattr(point, "count", None), metric.unit)
            for point in metric.data.data_points
        )
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


async def test_spans_as_contrib_makes_them(spans, monkeypatch) -> None:
    """Name, kind, parent, attributes, status and events are the same, request by request."""
    ours = await _spans_of_cases(spans)
    monkeypatch.setattr(server_span, "_is_plain", lambda _: False)
    theirs = await _spans_of_cases(spans)

    assert ours == theirs
    assert [span[1] for span in ours].count(SpanKind.SERVER) == len(_CASES)


async def test_metrics_as_contrib_takes_them(spans, reader, monkeypatch) -> None:
    """The same instruments, with the same attributes and as many measurements."""
    await _spans_of_cases(spans)
    ours = _points(reader)
    monkeypatch.setattr(server_span, "_is_plain", lambda _: False)
    await _spans_of_cases(spans)
    both = _points(reader)

    # A response without a length has that of the one before, by contrib's reckoning.
    sizes = ours.pop("http.server.response.body.size")
    del both["http.server.response.body.size"]
    assert set(both) >= {"http.server.request.duration", "http.server.active_requests"}
    assert both == {
        name: [(attributes, count and 2 * count, unit) for attributes, count, unit in points]
        for name, points in ours.items()
    }
    routes = [dict(attributes).get("http.route") for attributes, _, _ in sizes]
    assert "/items/{item_id}" in routes


async def test_contrib_serves_where_it_is_set_up_otherwise(spans) -> None:
    """A hook of the application's is called."""
    seen: list[str] = []
    app = make_app()
    FastAPIInstrumentor.instrument_app(
        app, server_request_hook=lambda _, scope: seen.append(scope["path"])
    )
    async with client_of(app) as client:
        await client.get("/items/7")
    assert seen == ["/items/7"]
