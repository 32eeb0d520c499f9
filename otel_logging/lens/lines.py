"""A log record as one line."""

from __future__ import annotations

from rich.text import Text

from otel_logging.backends import LogRecord
from otel_logging.backends.times import clock
from otel_logging.lens.text import error_text, printable, severity, shown


def log_line(record: LogRecord) -> Text:
    """Return time, level, service, body, exception and the start of the trace ID."""
    line = Text(clock(record.time_unix_nano), style="dim")
    line.append(" ").append_text(severity(record))
    line.append(f" {printable(record.service)} ", style="bold")
    line.append_text(Text(shown(record.body), style=""))
    failure = error_text(record.attributes)
    if failure:
        line.append(f" ✗ {failure}", style="red")
    if record.trace_id:
        line.append(f" {record.trace_id[:8]}", style="dim cyan")
    return line
