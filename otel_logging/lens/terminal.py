"""One transaction, drawn for a terminal.

Each line has the same three parts: the tree, a time, and the waterfall. A span's line tells
service, name, kind and outcome; under it, in clock order, its records and its child spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.text import Text

from otel_logging.backends import LogRecord, Transaction
from otel_logging.backends.times import clock, duration
from otel_logging.lens import rails
from otel_logging.lens.labels import record_label, span_label, span_notes
from otel_logging.lens.text import printable
from otel_logging.lens.tree import Placed, build, walk
from otel_logging.lens.waterfall import Scale, scale_of

PALETTE = ("cyan", "magenta", "blue", "green", "bright_magenta", "bright_cyan", "bright_blue")
"""Colours of services, in order of appearance; red and yellow are left for what is wrong."""

TIME_WIDTH = 9
NARROWEST_TREE = 24
MOST_LINES = 4
"""Lines that a text may take before it is cut."""

_measure = Console(width=10_000, color_system=None)


@dataclass(frozen=True)
class View:
    """What all lines of one drawing share."""

    colours: dict[str, str]
    scale: Scale
    tree_width: int
    width: int

    @property
    def rails_limit(self) -> int:
        """Columns that rails may take of the tree."""
        return self.tree_width // 2


@dataclass(frozen=True)
class Line:
    """One line of the drawing; its label goes on below itself when it is long."""

    before: str
    label: Text
    time: str = ""
    bar: str = ""
    colour: str = ""


def transaction(found: Transaction, width: int) -> RenderableType:
    """Return the drawing of a transaction for so many columns."""
    bar_width = min(40, max(8, width // 4))
    view = View(
        colours=_colours(found),
        scale=scale_of(found, bar_width),
        tree_width=max(NARROWEST_TREE, width - bar_width - TIME_WIDTH - 2),
        width=width,
    )
    lines = [line for placed in walk(build(found)) for line in _lines(placed, view)]
    return Group(
        *_header(found, view), Text(), *(text for line in lines for text in _draw(line, view))
    )


def _colours(found: Transaction) -> dict[str, str]:
    names = [span.service for span in found.spans] + [record.service for record in found.logs]
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(dict.fromkeys(names))}


def _header(found: Transaction, view: View) -> Iterator[Text]:
    yield Text("trace ", style="dim").append_text(Text(found.trace_id, style="bold"))
    length = duration(view.scale.end_ns - view.scale.start_ns)
    counts = f"{_count(len(found.spans), 'span')}, {_count(len(found.logs), 'log record')}"
    line = Text(f"{clock(view.scale.start_ns)}, {length}, {counts}")
    failed = sum(span.failed for span in found.spans)
    if failed:
        line.append(f", ✗ {failed} failed", style="bold red")
    yield line
    legend = [
        Text("■ ", style=colour).append_text(Text(printable(name), style="default"))
        for name, colour in view.colours.items()
    ]
    yield Text("  ").join(legend)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _lines(placed: Placed, view: View) -> Iterator[Line]:
    beside = rails.beside(placed, view.rails_limit)
    if isinstance(placed.item, LogRecord):
        record = placed.item
        after = f"+{duration(record.time_unix_nano - view.scale.start_ns)}"
        point = view.scale.point(record.time_unix_nano)
        yield Line(beside, record_label(placed, record), after, point, view.colours[record.service])
        return
    span = placed.item.span
    colour = view.colours[span.service]
    bar = view.scale.bar(span.start_unix_nano, span.end_unix_nano)
    branch = rails.branch(placed, view.rails_limit)
    label = span_label(span, colour)
    label.truncate(view.tree_width - len(branch), overflow="ellipsis")
    yield Line(branch, label, duration(span.duration_ns), bar, colour)
    for note in span_notes(placed.item):
        yield Line(beside, note)


def _draw(line: Line, view: View) -> Iterator[Text]:
    room = (view.tree_width if line.bar else view.width) - len(line.before)
    parts = list(line.label.wrap(_measure, room))
    if len(parts) > MOST_LINES:
        parts = parts[:MOST_LINES]
        parts[-1].truncate(room - 1)
        parts[-1].append("…")
    for index, part in enumerate(parts):
        text = Text(line.before, style="dim").append_text(Text().append_text(part))
        if index == 0 and line.bar:
            text.truncate(view.tree_width, pad=True)
            text.append(line.time.rjust(TIME_WIDTH) + "  ")
            text.append(line.bar, style=line.colour)
        text.rstrip()
        yield text
