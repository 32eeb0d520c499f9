"""Log records, redacted before they are exported."""

import copy
import dataclasses
from collections.abc import Sequence

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult

from otel_logging.redaction.active import ActiveEngine
from otel_logging.redaction.engine import Engine
from otel_logging.redaction.exporters.surroundings import Surroundings


class RedactingLogExporter(LogRecordExporter):
    """Exports redacted copies of log records: body, attributes, event name, scope, resource."""

    def __init__(self, exporter: LogRecordExporter, active: ActiveEngine) -> None:
        self._exporter = exporter
        self._active = active

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Redact and export; FAILURE when the batch could not be redacted."""
        engine = self._active.current
        try:
            with self._active.in_use() as engine:
                redacted = _redacted_logs(engine, batch)
        except Exception:  # noqa: BLE001
            engine.counts.fail()
            return LogRecordExportResult.FAILURE
        return self._exporter.export(redacted)

    def shutdown(self) -> None:
        """Shut the wrapped exporter down."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the wrapped exporter, within ``timeout_millis`` milliseconds."""
        return self._exporter.force_flush(timeout_millis)


def _redacted_logs(engine: Engine, batch: Sequence[ReadableLogRecord]) -> list[ReadableLogRecord]:
    records = [copy.copy(each.log_record) for each in batch]
    engine.records(records)
    surroundings = Surroundings(engine)
    for record in records:
        record.exception = None
        record.severity_text = surroundings.name(record.severity_text)
    return [
        dataclasses.replace(
            each,
            log_record=record,
            resource=surroundings.resource(each.resource),
            instrumentation_scope=each.instrumentation_scope
            and surroundings.scope(each.instrumentation_scope),
        )
        for each, record in zip(batch, records, strict=True)
    ]
