"""Lines over time, for metrics."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from otel_logging.lens.series import Series
from otel_logging.lens.web.drawing.svg import drawing, element

WIDTH = 600
TOP = 6
HUES = 6
"""How many colours of lines the style sheet has."""


def plot_svg(lines: Sequence[Series], ends: tuple[int, int], height: int, label: str) -> Markup:
    """Return the lines of some series between two times, from 0 or their lowest value up."""
    values = [value for line in lines for _, value in line.points]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else low + 1
    shapes = [
        element("line", x1=0, x2=WIDTH, y1=y, y2=y, class_="grid")
        for y in (TOP, height / 2, height - 1)
    ]
    for index, line in enumerate(lines):
        shapes.append(_line(line, ends, (low, high), height, index % HUES))
    return drawing(
        *shapes,
        label=label,
        class_="plot",
        viewBox=f"0 0 {WIDTH} {height}",
        width="100%",
        height=height,
        preserveAspectRatio="none",
    )


def _line(
    line: Series, ends: tuple[int, int], scale: tuple[float, float], height: int, hue: int
) -> Markup:
    (first, last), (low, high) = ends, scale
    span, room = max(1, last - first), height - TOP - 1
    points = [
        (
            (time - first) / span * WIDTH,
            TOP + room * (1 - (value - low) / (high - low)),
        )
        for time, value in line.points
    ]
    if len(points) == 1:
        points.append((points[0][0] + 3, points[0][1]))
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element(
        "polyline",
        element("title", line.name),
        points=text,
        class_=f"line hue-{hue}",
        vector_effect="non-scaling-stroke",
    )
