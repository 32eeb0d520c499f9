"""The integration is in force in every test, and propagation is the launcher's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.sdk.trace import TracerProvider

from otel_logging.integrations import grpc as integration
from otel_logging.launcher.edge import EdgeLinkProcessor
from otel_logging.launcher.propagation import GuardedPropagator


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    integration.instrument()
    before = get_global_textmap()
    keys = ("user.id", "user.roles")
    set_global_textmap(GuardedPropagator(before, keys, edge=False, redact=dict))
    yield
    set_global_textmap(before)
    integration.uninstrument()


@pytest.fixture
def edge(exporter: object) -> Iterator[None]:
    """Serve strangers, as the launcher sets it up with `OTLOG_EDGE`."""
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    processors = provider._active_span_processor._span_processors
    provider.add_span_processor(EdgeLinkProcessor())
    before = get_global_textmap()
    set_global_textmap(GuardedPropagator(before, ("user.id",), edge=True, redact=dict))
    yield
    set_global_textmap(before)
    provider._active_span_processor._span_processors = processors
