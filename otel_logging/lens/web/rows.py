"""A transaction as rows of a page: spans and records in their order, each with its bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from otel_logging import semconv
from otel_logging.backends import LogRecord, Span, Transaction
from otel_logging.lens.critical import critical_path
from otel_logging.lens.labels import span_notes
from otel_logging.lens.text import span_errors
from otel_logging.lens.tree import Node, Placed, build, walk
from otel_logging.lens.waterfall import scale_of
from otel_logging.lens.web.drawing.waterfall import Axis, axis_svg, record_svg, span_svg

HUES = 8
"""How many marks of services the style sheet tells apart."""
MOST_RAILS = 24


@dataclass(frozen=True)
class Row:
    """One line of a waterfall.

    Attributes:
        rails: For each level above it whether a line goes on there.
        bar: Its drawing.
        span: The span, unless it is a record's line.
        record: The record, unless it is a span's line.
        critical_ns: How long the span itself is on the critical path.
        notes: What else has to be said of it.
        stacks: Stack traces of the span's exceptions.
        hue: The mark of its service.
    """

    rails: tuple[bool, ...]
    bar: Markup
    hue: int
    span: Span | None = None
    record: LogRecord | None = None
    critical_ns: int = 0
    notes: Sequence[str] = ()
    stacks: Sequence[str] = ()
    log_count: int = 0


@dataclass(frozen=True)
class Waterfall:
    """A drawn transaction."""

    rows: list[Row]
    axis: Axis
    axis_svg: Markup
    services: dict[str, int]
    errors: list[tuple[Span, str]] = field(default_factory=list)
    slowest: list[tuple[Span, int]] = field(default_factory=list)


def waterfall(found: Transaction) -> Waterfall:
    """Return the rows of a transaction and what stands above them."""
    top = build(found)
    scale = scale_of(found, 1)
    axis = Axis(scale.start_ns, scale.end_ns)
    path = critical_path(top)
    names = [span.service for span in found.spans] + [record.service for record in found.logs]
    services = {name: index % HUES for index, name in enumerate(dict.fromkeys(names))}
    rows = [_row(placed, axis, path, services) for placed in walk(top)]
    shares = [(row.span, row.critical_ns) for row in rows if row.span and row.critical_ns]
    return Waterfall(
        rows=rows,
        axis=axis,
        axis_svg=axis_svg(axis),
        services=services,
        errors=[(span, text) for span in found.spans for text in span_errors(span)],
        slowest=sorted(shares, key=lambda share: -share[1])[:3],
    )


def _row(
    placed: Placed, axis: Axis, path: dict[str, list[tuple[int, int]]], services: dict[str, int]
) -> Row:
    rails = (*placed.rails, not placed.last) if placed.depth else ()
    rails = rails[-MOST_RAILS:]
    if isinstance(placed.item, LogRecord):
        record = placed.item
        return Row(rails, record_svg(record, axis), services[record.service], record=record)
    node = placed.item
    times = path.get(node.span.span_id, [])
    return Row(
        rails,
        span_svg(node.span, times, axis),
        services[node.span.service],
        span=node.span,
        critical_ns=sum(end - start for start, end in times),
        notes=[note.plain for note in span_notes(node)],
        stacks=_stacks(node),
        log_count=sum(isinstance(item, LogRecord) for item in node.items),
    )


def _stacks(node: Node) -> list[str]:
    found = [event.attributes.get(semconv.EXCEPTION_STACKTRACE) for event in node.span.events]
    return [str(stack) for stack in found if stack]
