"""Every exporter gets redaction before it, once; what cannot be wrapped is taken out."""

import io

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    InMemoryMetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_logging.bridge.spans import SpanDrops
from otel_logging.launcher import exporters
from otel_logging.redaction import ActiveEngine, Engine, load_policy


@pytest.fixture(scope="module")
def active():
    """The engine with the policy in the package."""
    return ActiveEngine(Engine(load_policy()))


@pytest.fixture
def wrap(active, monkeypatch):
    """Wrap the exporters of given providers."""

    def run(tracer=None, logger=None, meter=None):
        monkeypatch.setattr(exporters.trace, "get_tracer_provider", lambda: tracer)
        monkeypatch.setattr(exporters, "get_logger_provider", lambda: logger)
        monkeypatch.setattr(exporters.metrics, "get_meter_provider", lambda: meter)
        return exporters.wrap_exporters(active, SpanDrops())

    return run


@pytest.mark.parametrize("kind", [BatchSpanProcessor, SimpleSpanProcessor])
def test_spans_are_redacted_behind_each_processor(wrap, kind):
    """Also when wrapped twice."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(kind(exporter))
    wrap(tracer=provider)
    wrap(tracer=provider)
    with provider.get_tracer("test").start_as_current_span("mail bob@example.com"):
        pass
    provider.force_flush()

    assert [span.name for span in exporter.get_finished_spans()] == ["mail ***MASKED***"]
    provider.shutdown()


@pytest.mark.parametrize("kind", [BatchLogRecordProcessor, SimpleLogRecordProcessor])
def test_logs_of_the_api_are_redacted_behind_each_processor(wrap, kind):
    """Libraries may emit without `logging`."""
    exporter, provider = InMemoryLogRecordExporter(), LoggerProvider()
    provider.add_log_record_processor(kind(exporter))
    wrap(logger=provider)
    provider.get_logger("test").emit(body="mail bob@example.com", attributes={"password": "x1"})
    provider.force_flush()
    (found,) = exporter.get_finished_logs()

    assert found.log_record.body == "mail ***MASKED***"
    assert found.log_record.attributes["password"] == "***MASKED***"
    provider.shutdown()


def test_metrics_are_redacted(wrap):
    """Attributes of points."""
    out = io.StringIO()
    reader = PeriodicExportingMetricReader(ConsoleMetricExporter(out))
    provider = MeterProvider(metric_readers=[reader, InMemoryMetricReader()])
    wrap(meter=provider)
    provider.get_meter("test").create_counter("sold").add(1, {"email": "bob@example.com"})
    provider.shutdown()

    assert "sold" in out.getvalue()
    assert "bob@example.com" not in out.getvalue()


def test_a_derived_processor_is_unknown(wrap, capsys):
    """It may override what we rely on; others keep working beside it."""

    class Own(SimpleSpanProcessor):
        def on_end(self, span):
            seen.append(span.name)

    seen, exporter, provider = [], InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(Own(exporter))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    wrap(tracer=provider)
    with provider.get_tracer("test").start_as_current_span("work"):
        pass

    assert seen == []
    assert len(exporter.get_finished_spans()) == 1


def test_an_unknown_reader_is_muted(wrap):
    """A pull reader would hand out what nobody redacted."""

    class Own(InMemoryMetricReader):
        pass

    reader = Own()
    provider = MeterProvider(metric_readers=[reader])
    wrap(meter=provider)
    provider.get_meter("test").create_counter("sold").add(1, {"email": "bob@example.com"})

    assert "sold" not in repr(reader.get_metrics_data())
    provider.shutdown()


def test_providers_without_a_pipeline_are_left_alone(wrap):
    """The API's own providers do nothing."""
    assert wrap(tracer=object(), logger=object(), meter=object()) == []


def test_a_span_processor_that_only_observes_is_replaced_too(wrap):
    """Nothing can be known of it."""

    class Observer(SpanProcessor):
        def on_start(self, span, parent_context=None):
            raise AssertionError("called")

    provider = TracerProvider()
    provider.add_span_processor(Observer())
    wrap(tracer=provider)
    with provider.get_tracer("test").start_as_current_span("work"):
        pass
