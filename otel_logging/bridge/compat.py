"""The way through OpenTelemetry's public API, for pipelines that have processors of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry._logs import LoggerProvider, LogRecord, SeverityNumber
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opentelemetry._logs import Logger

    from otel_logging.bridge.counts import Counts
    from otel_logging.bridge.record import Record


class CompatSink:
    """Emits redacted records through `Logger.emit`, so that every LogRecordProcessor runs.

    Args:
        provider: Where the loggers come from.
        flush: Makes the provider deliver what it holds, within a time in milliseconds.
        counts: Where drops are counted.
    """

    exports = True

    def __init__(
        self, provider: LoggerProvider, flush: Callable[[int], bool], counts: Counts
    ) -> None:
        self._provider = provider
        self._flush = flush
        self._counts = counts
        self._loggers: dict[str, Logger] = {}

    def write(self, records: Sequence[Record]) -> None:
        """Emit records, each under the logger of its scope."""
        for record in records:
            logger = self._loggers.get(record.scope)
            if logger is None:
                logger = self._loggers[record.scope] = self._provider.get_logger(record.scope)
            try:
                logger.emit(_as_log_record(record))
            except Exception as error:  # noqa: BLE001 - a processor may raise anything
                diagnostics.error("processor", "a log record processor (one is lost)", error)
                self._counts.dropped("processor", {record.severity_text: 1})

    def flush(self, deadline: float) -> bool:
        """Make the provider deliver what it holds."""
        remaining = deadline - time.monotonic()
        return remaining > 0 and self._flush(int(remaining * 1000))

    def close(self, deadline: float) -> bool:
        """Deliver; the provider is shut down by whoever owns it."""
        return self.flush(deadline)

    def after_fork(self) -> None:
        """Do nothing: the SDK looks after its own processors."""


def _as_log_record(record: Record) -> LogRecord:
    span_context = SpanContext(
        record.trace_id, record.span_id, is_remote=False, trace_flags=TraceFlags(record.trace_flags)
    )
    return LogRecord(
        timestamp=record.timestamp,
        observed_timestamp=record.observed_timestamp,
        context=set_span_in_context(NonRecordingSpan(span_context)),
        severity_number=SeverityNumber(record.severity_number),
        severity_text=record.severity_text,
        body=record.body,
        attributes=record.attributes,
        event_name=record.event_name,
    )
