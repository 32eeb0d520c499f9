"""OpenTelemetry's handler, batch processor and OTLP/HTTP exporter, each with its defaults."""

import logging
from pathlib import Path

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider

from bench.variants import StandardLogging


def handler() -> logging.Handler:
    """OpenTelemetry's handler with all that is behind it."""
    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    return LoggingHandler(logger_provider=provider)


def enter_span(tracer: trace.Tracer) -> None:
    """Make everything that follows run inside one span."""
    context.attach(trace.set_span_in_context(tracer.start_span("bench")))


def start(_: Path) -> StandardLogging:
    """Set up the SDK."""
    enter_span(TracerProvider().get_tracer("bench"))
    return StandardLogging(handler())
