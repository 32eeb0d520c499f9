"""Puts redaction before every exporter that the configuration set up, whatever set it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricReader,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

from otel_logging.bridge.spans import (
    Closing,
    CountingQueueMetrics,
    RetryingSpanExporter,
    SpanDrops,
)
from otel_logging.bridge.spooling import Drainer, SpoolingSpanExporter
from otel_logging.diagnostics import diagnostics
from otel_logging.launcher.edge import EdgeLinkProcessor
from otel_logging.launcher.outcome import watch
from otel_logging.redaction.exporters import (
    RedactingLogExporter,
    RedactingMetricExporter,
    RedactingSpanExporter,
)

if TYPE_CHECKING:
    from otel_logging.redaction.active import ActiveEngine

Wrap = Callable[[Any], Any]
MakeDrainer = Callable[[Any], Drainer | None]
"""Returns what sends the spooled spans of an exporter; None where they are not spooled."""

HARMLESS: Final = frozenset(
    {
        f"{EdgeLinkProcessor.__module__}.{EdgeLinkProcessor.__qualname__}",
        "opentelemetry.processor.baggage.processor.BaggageSpanProcessor",
        "opentelemetry.processor.baggage.log_processor.BaggageLogProcessor",
    }
)
"""Processors that export nothing and may stay as they are."""


def wrap_exporters(
    active: ActiveEngine, drops: SpanDrops, spooled: MakeDrainer = lambda _: None
) -> list[Closing]:
    """Wrap the exporters of the three global providers; take out what cannot be wrapped.

    Redaction stands before every exporter, and OTLP exporters of spans retry for longer; these
    are returned, to be told when the process ends.

    A processor or reader of an unknown type might send what it sees to anywhere, so it is
    replaced by one that does nothing, and that is reported on standard error.
    """
    closing: list[Closing] = []

    def wrap_span_exporter(exporter: Any) -> RedactingSpanExporter:
        is_temporary = watch(exporter)
        if is_temporary is not None:
            drainer = spooled(exporter)
            if drainer is not None:
                exporter = SpoolingSpanExporter(exporter, is_temporary, drainer)
                closing.append(exporter)
            exporter = RetryingSpanExporter(exporter, is_temporary, drops)
            closing.append(exporter)
        return RedactingSpanExporter(exporter, active)

    _wrap_spans(trace.get_tracer_provider(), wrap_span_exporter, drops)
    _wrap_logs(get_logger_provider(), active)
    _wrap_metrics(metrics.get_meter_provider(), active)
    return closing


def _wrap_spans(provider: Any, wrap: Wrap, drops: SpanDrops) -> None:
    pipeline = getattr(provider, "_active_span_processor", None)
    if pipeline is not None:
        pipeline._span_processors = tuple(  # noqa: SLF001 - there is no public way in
            _wrap_span_processor(processor, wrap, drops)
            for processor in pipeline._span_processors  # noqa: SLF001
        )


def _wrap_span_processor(processor: Any, wrap: Wrap, drops: SpanDrops) -> Any:
    if type(processor) is BatchSpanProcessor:
        batch = processor._batch_processor  # noqa: SLF001
        batch._metrics = CountingQueueMetrics(batch._metrics, drops)  # noqa: SLF001
        return _wrap_inside(processor, processor._batch_processor, "_exporter", wrap)  # noqa: SLF001
    if type(processor) is SimpleSpanProcessor:
        return _wrap_inside(processor, processor, "span_exporter", wrap)
    if _name(processor) in HARMLESS:
        return processor
    _report(processor)
    return SpanProcessor()


def _wrap_logs(provider: Any, active: ActiveEngine) -> None:
    pipeline = getattr(provider, "_multi_log_record_processor", None)
    if pipeline is not None:
        wrapped = [
            _wrap_log_processor(processor, active)
            for processor in pipeline._log_record_processors  # noqa: SLF001
        ]
        pipeline._log_record_processors = tuple(each for each in wrapped if each)  # noqa: SLF001


def _wrap_log_processor(processor: Any, active: ActiveEngine) -> Any:
    def wrap(exporter: Any) -> Any:
        return RedactingLogExporter(exporter, active)

    if type(processor) is BatchLogRecordProcessor:
        return _wrap_inside(processor, processor._batch_processor, "_exporter", wrap)  # noqa: SLF001
    if type(processor) is SimpleLogRecordProcessor:
        return _wrap_inside(processor, processor, "_exporter", wrap)
    if _name(processor) in HARMLESS:
        return processor
    _report(processor)
    return None


def _wrap_metrics(provider: Any, active: ActiveEngine) -> None:
    def wrap(exporter: Any) -> Any:
        return RedactingMetricExporter(exporter, active)

    for reader in getattr(provider, "_metric_readers", ()):
        if type(reader) is PeriodicExportingMetricReader:
            _wrap_inside(reader, reader, "_exporter", wrap)
        elif type(reader) is not InMemoryMetricReader:
            _mute(reader)


def _wrap_inside(processor: Any, holder: Any, name: str, wrap: Callable[[Any], Any]) -> Any:
    exporter = getattr(holder, name)
    if not isinstance(
        exporter, (RedactingSpanExporter, RedactingLogExporter, RedactingMetricExporter)
    ):
        setattr(holder, name, wrap(exporter))
    return processor


def _mute(reader: MetricReader) -> None:
    _report(reader)
    reader._set_collect_callback(lambda *_, **__: MetricsData([]))  # noqa: SLF001


def _report(part: Any) -> None:
    diagnostics.report(
        f"unknown.{_name(part)}",
        f"{_name(part)} is not known, so redaction cannot stand before what it exports; it was "
        "taken out of the pipeline. Use a batch or simple processor with an exporter instead.",
    )


def _name(part: Any) -> str:
    return f"{type(part).__module__}.{type(part).__qualname__}"
