"""What the integrations' tests look at: the spans that ended and the records that were written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_logging.context import context_attributes, span_id, trace_id
from stack.rabbitmq import RabbitMQ


@dataclass
class Record:
    """A log record with what the bridge would add to it in the calling context."""

    logger: str
    body: str
    level: int
    exception: BaseException | None
    trace_id: str | None
    span_id: str | None
    attributes: dict[str, Any]


@dataclass
class Records(logging.Handler):
    """A handler on the root logger that keeps every record."""

    written: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Be a handler of every level."""
        logging.Handler.__init__(self)

    def __hash__(self) -> int:
        """Handlers are kept in sets."""
        return id(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record together with the context of the call."""
        error = record.exc_info[1] if record.exc_info else None
        self.written.append(
            Record(
                logger=record.name,
                body=record.getMessage(),
                level=record.levelno,
                exception=error,
                trace_id=trace_id(),
                span_id=span_id(),
                attributes=context_attributes(),
            )
        )

    def by(self, logger: str) -> list[Record]:
        """Return the records of one logger."""
        return [record for record in self.written if record.logger == logger]


@pytest.fixture
def records() -> Iterator[Records]:
    """Keep what is logged at INFO and above."""
    handler = Records()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def exporting() -> tuple[TracerProvider, InMemorySpanExporter]:
    """One provider for all tests: tracers keep the first that they meet."""
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


@pytest.fixture
def exporter(
    exporting: tuple[TracerProvider, InMemorySpanExporter], monkeypatch: pytest.MonkeyPatch
) -> InMemorySpanExporter:
    """Collect the spans of the process's tracer provider, which is ours for one test."""
    provider, exporter = exporting
    # FastAPI makes spans of its own wherever a provider is left behind.
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    """Start with no spans."""
    exporter.clear()
    return exporter


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """Run one broker for all tests."""
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as rabbitmq:
        yield rabbitmq
