"""The exporter wrappers, against real SDK providers and a serialising exporter."""

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    LogRecordExporter,
    LogRecordExportResult,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

from otel_logging.redaction import ActiveEngine, Engine, load_policy
from otel_logging.redaction.exporters import (
    RedactingLogExporter,
    RedactingMetricExporter,
    RedactingSpanExporter,
)

SECRET = "hunter2-Xq9"
CARD = "4111111111111111"
_FEW = {"size": 3, "share": 0.5, "whole": True, "tags": ["a", "b"]}
RESOURCE = Resource({"service.name": "gateway", "db.password": SECRET})


@pytest.fixture(scope="module")
def active():
    return ActiveEngine(Engine(load_policy()))


class Spans(SpanExporter):
    """Keeps what the OTLP exporter would send."""

    sent = b""

    def export(self, spans):
        self.sent += encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


class Logs(LogRecordExporter):
    """Keeps what the OTLP exporter would send."""

    sent = b""

    def export(self, batch):
        self.sent += encode_logs(batch).SerializeToString()
        return LogRecordExportResult.SUCCESS

    def shutdown(self):
        pass

    def force_flush(self, timeout_millis=0):
        return True


class Metrics(MetricExporter):
    """Keeps what the OTLP exporter would send."""

    sent = b""

    def export(self, metrics_data, timeout_millis=0, **kwargs):
        self.sent += encode_metrics(metrics_data).SerializeToString()
        return MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis=0, **kwargs):
        pass

    def force_flush(self, timeout_millis=0):
        return True


def _make_span(exporter):
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    link = Link(SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(1)), {"token": SECRET})
    tracer = provider.get_tracer("kept.scope")
    with tracer.start_as_current_span(f"GET /x?token={SECRET}", links=[link]) as span:
        span.set_attribute("user.password", SECRET)
        span.set_attribute("http.route", "/kept/{id}")
        span.add_event(f"secret={SECRET}", {"note": f"card {CARD}"})
        span.record_exception(ValueError(f"password={SECRET}"))
        span.set_status(Status(StatusCode.ERROR, f"login failed: password={SECRET}"))
    provider.shutdown()


def test_span_surfaces(active):
    """Name, attributes, events, exception, link, status and resource leave without secrets."""
    bare, wrapped = Spans(), Spans()
    _make_span(bare)
    _make_span(RedactingSpanExporter(wrapped, active))

    assert bare.sent.count(SECRET.encode()) >= 7
    assert SECRET.encode() not in wrapped.sent
    assert CARD.encode() not in wrapped.sent
    for kept in (b"/kept/{id}", b"kept.scope", b"exception.stacktrace", b"ValueError"):
        assert kept in wrapped.sent


def test_clean_spans_leave_as_they_are(active):
    """A span without secrets is encoded as it would be bare, with what limits dropped of it."""
    limits = SpanLimits(
        max_span_attributes=4,
        max_events=1,
        max_links=1,
        max_event_attributes=1,
        max_link_attributes=1,
    )
    bare, wrapped = Spans(), Spans()
    provider = TracerProvider(resource=Resource({"service.name": "gateway"}), span_limits=limits)
    provider.add_span_processor(SimpleSpanProcessor(bare))
    provider.add_span_processor(SimpleSpanProcessor(RedactingSpanExporter(wrapped, active)))
    state = TraceState([("vendor", "1")])
    links = [Link(SpanContext(1, each, is_remote=True, trace_state=state), _FEW) for each in (2, 3)]
    tracer = provider.get_tracer("kept.scope", "1.0")
    with tracer.start_as_current_span("GET /x", links=links, attributes=_FEW) as span:
        span.set_attribute("more", "dropped.first")
        span.add_event("first", _FEW)
        span.add_event("second", _FEW)
        span.set_status(Status(StatusCode.ERROR, "refused"))
        with tracer.start_as_current_span("inner"):
            pass
    provider.shutdown()

    assert b"refused" in bare.sent
    assert bare.sent == wrapped.sent


def _make_log(exporter):
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("kept.scope").emit(
        LogRecord(
            timestamp=1,
            severity_number=SeverityNumber.INFO,
            severity_text="INFO",
            body={"note": f"password={SECRET}", "nested": {"password": SECRET}},
            attributes={"api_key": SECRET, "kept": "value"},
            event_name=f"login token={SECRET}",
        )
    )
    provider.shutdown()


def test_log_surfaces(active):
    """Body, attributes, event name and resource leave without secrets."""
    bare, wrapped = Logs(), Logs()
    _make_log(bare)
    _make_log(RedactingLogExporter(wrapped, active))

    assert bare.sent.count(SECRET.encode()) >= 5
    assert SECRET.encode() not in wrapped.sent
    assert b"kept" in wrapped.sent


def _make_metric(exporter):
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], resource=RESOURCE)
    counter = provider.get_meter("kept.scope").create_counter("logins")
    counter.add(1, {"password": SECRET, "note": f"token={SECRET}", "outcome": "kept"})
    provider.shutdown()


def test_metric_surfaces(active):
    """Attributes of data points leave without secrets."""
    bare, wrapped = Metrics(), Metrics()
    _make_metric(bare)
    _make_metric(RedactingMetricExporter(wrapped, active))

    assert bare.sent.count(SECRET.encode()) >= 2
    assert SECRET.encode() not in wrapped.sent
    assert b"kept" in wrapped.sent


def test_failing_engine_exports_nothing(active, monkeypatch):
    """When the engine cannot be used at all, the batch is dropped and counted."""
    engine = Engine(load_policy())
    monkeypatch.setattr(engine, "records", None)
    before, wrapped = engine.counts.failed, Spans()
    _make_span(RedactingSpanExporter(wrapped, ActiveEngine(engine)))

    assert wrapped.sent == b""
    assert engine.counts.failed == before + 1
