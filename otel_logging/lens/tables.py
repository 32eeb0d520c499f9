"""Lists of traces and services as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from otel_logging.backends import ErrorGroup, Service, TraceSummary
from otel_logging.backends.times import clock, duration, unix_nanos
from otel_logging.lens.places import place_of
from otel_logging.lens.text import printable

SHORT_ID = 8


def traces_table(traces: Sequence[TraceSummary]) -> Table:
    """Return one row for each trace; failed ones are marked."""
    table = _table("started", "trace", "root", "services")
    for name in ("duration", "spans", "logs", "errors"):
        table.add_column(name, justify="right", no_wrap=True)
    for trace in traces:
        root = Text(f"{printable(trace.root_service)} ", style="bold")
        root.append(printable(trace.root_name), style="red" if trace.error_count else "not bold")
        table.add_row(
            clock(trace.start_unix_nano),
            Text(trace.trace_id[:SHORT_ID], style="cyan"),
            root,
            printable(", ".join(trace.services)),
            duration(trace.duration_ns),
            str(trace.span_count),
            str(trace.log_count),
            _errors(trace.error_count),
        )
    return table


def services_table(services: Sequence[Service]) -> Table:
    """Return one row for each service."""
    table = _table("service")
    for name in ("logs", "spans", "errors", "first seen", "last seen"):
        table.add_column(name, justify="right", no_wrap=True)
    for service in services:
        table.add_row(
            Text(printable(service.name), style="bold"),
            str(service.logs),
            str(service.spans),
            _errors(service.errors),
            clock(unix_nanos(service.first_seen)),
            clock(unix_nanos(service.last_seen)),
        )
    return table


def errors_table(groups: Sequence[ErrorGroup]) -> Table:
    """Return one row for each group of errors."""
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("count", justify="right", no_wrap=True)
    table.add_column("type, place, last message", overflow="fold")
    for name in ("service", "first seen", "last seen", "trace"):
        table.add_column(name, no_wrap=True)
    for group in groups:
        table.add_row(
            _errors(group.count),
            _told(group),
            printable(group.service),
            clock(unix_nanos(group.first_seen))[:19],
            clock(unix_nanos(group.last_seen))[:19],
            Text((group.trace_id or "")[:SHORT_ID], style="cyan"),
        )
    return table


def _told(group: ErrorGroup) -> Text:
    told = Text(printable(group.type), style="bold")
    told.append(f"\n{printable(' '.join(place_of(group.place)).strip())}", style="not bold dim")
    if group.message:
        told.append(f"\n{printable(group.message)}", style="not bold red")
    return told


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    return table


def _errors(count: int) -> Text:
    return Text(str(count), style="bold red" if count else "dim")
