"""From stored points of a metric to lines that can be read.

A cumulative counter becomes its rate, a histogram the mean of what was added between two
points; a gauge, and a sum that may fall, stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from otel_logging.backends import MetricPoint
from otel_logging.backends.json_text import json_text
from otel_logging.backends.times import unix_nanos


class Series(msgspec.Struct, frozen=True):
    """One line.

    Attributes:
        name: The service and the attributes that tell it from the others.
        points: Unix nanoseconds and the value.
    """

    name: str
    points: list[tuple[int, float]]

    @property
    def latest(self) -> float:
        """The last value."""
        return self.points[-1][1]


def measure(point: MetricPoint) -> str:
    """Return what the lines of a metric show: its unit, or its rate or mean."""
    unit = point.unit.strip("{}") or "1"
    if _is_distribution(point):
        return f"mean, {unit}"
    return f"{unit}/s" if _is_rate(point) else unit


def series_of(points: Sequence[MetricPoint]) -> list[Series]:
    """Return the lines of a metric's points, which are in the order of time."""
    groups: dict[str, list[MetricPoint]] = defaultdict(list)
    for point in points:
        groups[point.series].append(point)
    lines = [Series(_name(group[0]), list(_values(group))) for group in groups.values()]
    return sorted((line for line in lines if line.points), key=lambda line: line.name)


def _name(point: MetricPoint) -> str:
    labels = [f"{key}={json_text(value)}" for key, value in point.attributes.items()]
    return " ".join([point.service, *labels])


def _values(group: Sequence[MetricPoint]) -> Iterator[tuple[int, float]]:
    if not (_is_distribution(group[0]) or _is_rate(group[0])):
        yield from ((unix_nanos(point.timestamp), point.value or 0.0) for point in group)
        return
    for before, point in pairwise(group):
        time_ns, value = unix_nanos(point.timestamp), _added(before, point)
        seconds = (time_ns - unix_nanos(before.timestamp)) / 1e9
        if value is None or seconds <= 0:
            continue
        if not _is_distribution(point):
            yield time_ns, value[0] / seconds
        elif value[1] > 0:
            yield time_ns, value[0] / value[1]


def _added(before: MetricPoint, point: MetricPoint) -> tuple[float, float] | None:
    """Return by how much sum and count grew; None across a restart."""
    total, count = point.value or 0.0, _count(point)
    if point.temporality == "delta":
        return total, count
    grown = total - (before.value or 0.0), count - _count(before)
    return grown if grown[1] >= 0 and (grown[0] >= 0 or grown[1] > 0) else None


def _count(point: MetricPoint) -> float:
    return float((point.data or {}).get("count", 0))


def _is_distribution(point: MetricPoint) -> bool:
    return point.data is not None


def _is_rate(point: MetricPoint) -> bool:
    return point.type == "sum" and bool(point.monotonic)
