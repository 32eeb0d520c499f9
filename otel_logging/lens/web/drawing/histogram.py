"""Counts by level over time, as stacked bars; a bar leads to its own time."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from otel_logging.backends import Histogram
from otel_logging.backends.times import clock
from otel_logging.lens.web.drawing.svg import drawing, element, percent
from otel_logging.lens.web.filters import LEVELS
from otel_logging.lens.web.render import level

HEIGHT = 64
GAP = 0.18
"""The share of a step that stays empty between two bars."""
LEAST = 1.5
"""Pixels that even one record is seen by."""
ORDER = ("FATAL", "ERROR", "WARN", "INFO", "CUSTOM", "DEBUG", "TRACE")
"""From the bottom up: what is worst stands on the line, where heights can be compared."""


def histogram_svg(found: Histogram, link: Callable[[int, int], str]) -> Markup:
    """Return the bars; `link` gives the address of a time range in Unix nanoseconds."""
    tallest = max((sum(step.values()) for step in found.counts), default=0)
    bars = [_bar(index, found, tallest, link) for index, step in enumerate(found.counts) if step]
    total = sum(sum(step.values()) for step in found.counts)
    label = f"{total} records over time by level, at most {tallest} in one step"
    return drawing(*bars, label=label, class_="histogram", width="100%", height=HEIGHT)


def _bar(index: int, found: Histogram, tallest: int, link: Callable[[int, int], str]) -> Markup:
    steps, step = len(found.counts), by_level(found.counts[index])
    start = found.start_unix_nano + index * found.step_ns
    parts, foot = [], float(HEIGHT)
    for name in ORDER:
        if name in step:
            height = max(LEAST, step[name] / tallest * (HEIGHT - 6))
            foot -= height
            shape = {"x": percent(index + GAP / 2, steps), "width": percent(1 - GAP, steps)}
            parts.append(
                element("rect", y=foot, height=height, class_=f"level-{name.lower()}", **shape)
            )
    told = ", ".join(f"{count} {name}" for name, count in step.items())
    text = f"{clock(start)[:19]}: {told}"
    hit = element(
        "rect", class_="hit", x=percent(index, steps), width=percent(1, steps), y=0, height=HEIGHT
    )
    return element(
        "a",
        element("title", text),
        *parts,
        hit,
        href=link(start, start + found.step_ns - 1),
        tabindex=-1,
        aria_label=text,
    )


def by_level(counts: dict[str, int]) -> dict[str, int]:
    """Return counts by the six levels, and CUSTOM for what is none of them."""
    found: dict[str, int] = {}
    for name, count in counts.items():
        found[level(name)] = found.get(level(name), 0) + count
    order = (*LEVELS, "CUSTOM")
    return dict(sorted(found.items(), key=lambda item: order.index(item[0])))
