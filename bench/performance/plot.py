"""Charts as SVG: the same data give the same bytes; readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 48
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_COLOURS = ("#3b82f6", "#d97706", "#059669", "#db2777", "#8b5cf6")
_STYLE = """\
<style>
.page{fill:#ffffff}
text{fill:#1f2328;font:12px system-ui,sans-serif}
.title{font-size:15px;font-weight:600}
.grid{stroke:#d1d9e0;stroke-width:1}
.line{fill:none;stroke-width:2}
.spread{stroke-width:1.5}
@media (prefers-color-scheme: dark){
.page{fill:#0d1117}
text{fill:#f0f6fc}
.grid{stroke:#3d444d}
}
</style>"""


@dataclass(frozen=True)
class Value:
    """A figure with its spread."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Chart:
    """What a chart says of itself.

    Attributes:
        title: At its head, also for screen readers.
        across: The name of what goes across.
        up: The name and unit of what goes up.
    """

    title: str
    across: str
    up: str


Series = dict[str, dict[str, Value]]
"""By the name of a line or a kind of bar: the figure at each position across."""

Draw = Callable[[Series, dict[str, float], float], Iterator[str]]
"""Draws series, given where each position is and what the top stands for."""


def lines(chart: Chart, series: Series) -> str:
    """A line for each series, positions at equal distances in the order of the first."""
    return _plot(chart, series, _lines)


def bars(chart: Chart, series: Series) -> str:
    """A group of bars at each position, one bar of each series."""
    return _plot(chart, series, _bars)


def _plot(chart: Chart, series: Series, draw: Draw) -> str:
    positions = list(next(iter(series.values())))
    places = {
        name: _LEFT + _PLOT_WIDTH * (index + 0.5) / len(positions)
        for index, name in enumerate(positions)
    }
    top = _round_up(max(value.high for points in series.values() for value in points.values()))
    return _page(chart, series, places, top, draw(series, places, top))


def _page(
    chart: Chart, series: Series, places: dict[str, float], top: float, drawn: Iterator[str]
) -> str:
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(chart.title)}</title>",
            _STYLE,
            f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
            *_axes(chart, places, top),
            *_legend(list(series)),
            *drawn,
            "</svg>\n",
        )
    )


def _axes(chart: Chart, places: dict[str, float], top: float) -> Iterator[str]:
    yield _text(_LEFT, 22, chart.title, "title", "start")
    for step in range(5):
        y = _TOP + _PLOT_HEIGHT * (1 - step / 4)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 8, y + 4, f"{top * step / 4:g}", "", "end")
    for name, x in places.items():
        yield _text(x, HEIGHT - _BOTTOM + 18, name, "", "middle")
    yield _text(_LEFT + _PLOT_WIDTH / 2, HEIGHT - 10, f"{chart.across}; up: {chart.up}")


def _legend(names: Sequence[str]) -> Iterator[str]:
    for index, name in enumerate(names):
        x = _LEFT + index * _PLOT_WIDTH / len(names)
        yield f'<rect x="{x:.1f}" y="36" width="12" height="12" fill="{_COLOURS[index]}"/>'
        yield _text(x + 18, 46, name, "", "start")


def _lines(series: Series, places: dict[str, float], top: float) -> Iterator[str]:
    for colour, points in zip(_COLOURS, series.values(), strict=False):
        at = [(places[name], value) for name, value in points.items()]
        path = " ".join(f"{x:.1f},{_y(value.median, top):.1f}" for x, value in at)
        yield f'<polyline class="line" stroke="{colour}" points="{path}"/>'
        for x, value in at:
            yield _spread(x, value, top, colour)
            yield f'<circle cx="{x:.1f}" cy="{_y(value.median, top):.1f}" r="3" fill="{colour}"/>'


def _bars(series: Series, places: dict[str, float], top: float) -> Iterator[str]:
    width = _PLOT_WIDTH / len(places) / (len(series) + 1)
    for index, (colour, points) in enumerate(zip(_COLOURS, series.values(), strict=False)):
        for name, value in points.items():
            x = places[name] + width * (index - len(series) / 2)
            y = _y(value.median, top)
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width * 0.9:.1f}" '
                f'height="{_y(0, top) - y:.1f}" fill="{colour}"/>'
            )
            yield _spread(x + width * 0.45, value, top, "#6e7781")


def _spread(x: float, value: Value, top: float, colour: str) -> str:
    low, high = _y(value.low, top), _y(value.high, top)
    ends = f'x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"'
    return f'<line class="spread" stroke="{colour}" {ends}/>'


def _y(value: float, top: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - value / top)


def _round_up(value: float) -> float:
    """The next number that is 1, 2, 4 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 8, 10, 20) if power * step >= value)


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
