"""Traces by start and length: one dot each, the length on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from otel_logging.backends import TraceSummary
from otel_logging.backends.times import clock, duration
from otel_logging.lens.web.addresses import trace_url
from otel_logging.lens.web.drawing.svg import drawing, element, percent

HEIGHT = 110
TOP = 8
BOTTOM = 8


def scatter_svg(traces: Sequence[TraceSummary]) -> Markup:
    """Return the dots, each a link to its trace, with lines at powers of ten."""
    starts = [trace.start_unix_nano for trace in traces]
    logs = [_log(trace.duration_ns) for trace in traces]
    low, high = math.floor(min(logs, default=6)), math.ceil(max(logs, default=7))
    high = max(high, low + 1)
    first, span = min(starts, default=0), max(1, max(starts, default=1) - min(starts, default=0))
    lines = [_line(power, low, high) for power in range(low, high + 1)]
    dots = [
        _dot(trace, percent(4.5 + 94 * (trace.start_unix_nano - first) / span, 100), low, high)
        for trace in sorted(traces, key=lambda trace: trace.error_count > 0)
    ]
    label = f"{len(traces)} traces by start and duration"
    return drawing(*lines, *dots, label=label, class_="scatter", width="100%", height=HEIGHT)


def _line(power: int, low: int, high: int) -> Markup:
    y = _height(power, low, high)
    line = element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid")
    text = element("text", duration(10**power), x=2, y=y - 2 if power > low else y - 3)
    return line + text


def _dot(trace: TraceSummary, x: str, low: int, high: int) -> Markup:
    started, length = clock(trace.start_unix_nano), duration(trace.duration_ns)
    text = f"{trace.root_service} {trace.root_name}, {length}, {started}"
    y = _height(_log(trace.duration_ns), low, high)
    kind = "dot failed" if trace.error_count else "dot"
    dot = element("circle", cx=x, cy=y, r=3.5, class_=kind)
    title = element("title", text)
    return element("a", title, dot, href=trace_url(trace.trace_id), aria_label=text, tabindex=-1)


def _height(value: float, low: int, high: int) -> float:
    room = HEIGHT - TOP - BOTTOM
    return round(TOP + room * (1 - (value - low) / (high - low)), 1)


def _log(nanos: int) -> float:
    return math.log10(max(nanos, 1000))
