"""The bars of a waterfall: one small drawing for each row, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from otel_logging.backends import LogRecord, Span
from otel_logging.backends.times import duration
from otel_logging.lens.web.drawing.svg import drawing, element, percent
from otel_logging.lens.web.render import level

HEIGHT = 18
TICKS = 4
NARROWEST = "0.35%"


@dataclass(frozen=True)
class Axis:
    """The time that a waterfall covers, in Unix nanoseconds."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """Its length; at least one."""
        return max(1, self.end_ns - self.start_ns)

    def at(self, time_ns: int) -> str:
        """Return where a moment is, in percent."""
        return percent(time_ns - self.start_ns, self.length_ns)

    def over(self, start_ns: int, end_ns: int) -> str:
        """Return how wide a length of time is, in percent."""
        return percent(max(0, end_ns - start_ns), self.length_ns)


def axis_svg(axis: Axis) -> Markup:
    """Return the labels above the bars."""
    labels = []
    for tick in range(TICKS + 1):
        anchor = "start" if tick == 0 else "end" if tick == TICKS else "middle"
        text = duration(axis.length_ns * tick // TICKS) if tick else "0"
        labels.append(element("text", text, x=percent(tick, TICKS), y=12, text_anchor=anchor))
    length = duration(axis.length_ns)
    return drawing(*labels, label=f"from 0 to {length}", class_="axis", width="100%", height=16)


def span_svg(span: Span, path: Sequence[tuple[int, int]], axis: Axis) -> Markup:
    """Return a span's bar, with its share of the critical path marked in it."""
    bar = element(
        "rect",
        x=axis.at(span.start_unix_nano),
        width=_wide(axis.over(span.start_unix_nano, span.end_unix_nano)),
        y=4,
        height=HEIGHT - 8,
        rx=1.5,
        class_="bar failed" if span.failed else "bar",
    )
    marks = [
        element(
            "rect",
            x=axis.at(start),
            width=axis.over(start, end),
            y=HEIGHT - 5,
            height=3,
            class_="critical",
        )
        for start, end in path
    ]
    start = duration(max(0, span.start_unix_nano - axis.start_ns))
    label = f"starts after {start}, takes {duration(span.duration_ns)}"
    return _row(bar, *marks, label=label + (", on the critical path" if path else ""))


def record_svg(record: LogRecord, axis: Axis) -> Markup:
    """Return the mark of a record's moment."""
    mark = element(
        "circle",
        cx=axis.at(record.time_unix_nano),
        cy=HEIGHT / 2,
        r=3,
        class_=f"level-{level(record.severity).lower()}",
    )
    after = duration(max(0, record.time_unix_nano - axis.start_ns))
    return _row(mark, label=f"after {after}")


def _row(*shapes: Markup, label: str) -> Markup:
    grid = [
        element("line", x1=percent(t, TICKS), x2=percent(t, TICKS), y1=0, y2=HEIGHT, class_="grid")
        for t in range(TICKS + 1)
    ]
    return drawing(*grid, *shapes, label=label, class_="track", width="100%", height=HEIGHT)


def _wide(width: str) -> str:
    return width if float(width[:-1]) > float(NARROWEST[:-1]) else NARROWEST
