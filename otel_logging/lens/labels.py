"""What is said of a span and of a record in a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from otel_logging.backends import LogRecord, Span
from otel_logging.backends.times import duration
from otel_logging.lens.text import error_text, printable, severity, shown, span_errors
from otel_logging.lens.tree import Node, Placed


def span_label(span: Span, colour: str) -> Text:
    """Return service, name, kind and outcome."""
    label = Text()
    if span.failed:
        label.append("✗ ", style="bold red")
    label.append(printable(span.service), style=f"bold {colour}")
    label.append(f" {printable(span.name)}", style="bold red" if span.failed else "bold")
    label.append(f" {span.kind.lower()}", style="dim")
    status = span.attributes.get("http.response.status_code")
    if status is not None:
        label.append(f" {shown(status)}", style="red" if span.failed else "green")
    return label


def span_notes(node: Node) -> Iterator[Text]:
    """Yield what has to be said of a span beside its own line."""
    span = node.span
    for error in span_errors(span):
        yield Text(f"✗ {error}", style="red")
    if node.misplaced:
        yield Text(f"? {node.misplaced}", style="yellow")
    if node.early_ns:
        text = f"? starts {duration(node.early_ns)} before its parent: their clocks differ"
        yield Text(text, style="yellow")
    for link in span.links:
        if link.span_id == span.parent_span_id:
            continue
        where = "" if link.trace_id == span.trace_id else f" of trace {link.trace_id}"
        yield Text(f"↔ linked to span {link.span_id}{where}", style="dim")


def record_label(placed: Placed, record: LogRecord) -> Text:
    """Return level, event name, body, exception, and whether its span is missing."""
    label = Text().append_text(severity(record)).append(" ")
    if record.event_name:
        label.append(f"{printable(record.event_name)} ", style="bold")
    label.append(shown(record.body))
    failure = error_text(record.attributes)
    if failure and failure not in label.plain:
        label.append(f" ✗ {failure}", style="red")
    if not placed.depth:
        missing = f"span {record.span_id} is not stored" if record.span_id else "in no span"
        label.append(f" ? {printable(record.service)}, {missing}", style="yellow")
    return label
