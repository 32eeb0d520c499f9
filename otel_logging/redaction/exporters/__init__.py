"""Exporter wrappers: whatever is exported passes the engine in force first.

They are the last line of defence inside the process, off the caller's thread, and hold in
every configuration mode of OpenTelemetry. A batch that cannot be redacted is not exported.
"""

from otel_logging.redaction.exporters.logs import RedactingLogExporter
from otel_logging.redaction.exporters.metrics import RedactingMetricExporter
from otel_logging.redaction.exporters.spans import RedactingSpanExporter

__all__ = ["RedactingLogExporter", "RedactingMetricExporter", "RedactingSpanExporter"]
