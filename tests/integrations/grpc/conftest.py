"""The integration is in force in every test, and propagation is the launcher's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.propagate import get_global_textmap, set_global_textmap

from otel_logging.integrations import grpc as integration
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
