"""The integration is in force in every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otel_logging.integrations import fastapi as integration


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    integration.instrument()
    yield
    integration.uninstrument()
