"""Who is told at a moment, read from Alertmanager's file alone, without the code that wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Labels = Mapping[str, str]


def receivers(configuration: Mapping[str, Any], labels: Labels) -> list[str]:
    """The receivers of the routes that an alert takes, whatever the time."""
    return [route["receiver"] for route in _routes(configuration["route"], labels)]


def told(configuration: Mapping[str, Any], labels: Labels, moment: datetime) -> list[str]:
    """The receivers that are told of an alert at a moment."""
    intervals = {one["name"]: one["time_intervals"] for one in configuration["time_intervals"]}

    def within(names: list[str]) -> bool:
        return any(_contains(one, moment) for name in names for one in intervals[name])

    return [
        route["receiver"]
        for route in _routes(configuration["route"], labels)
        if within(route.get("active_time_intervals", [])) or "active_time_intervals" not in route
        if not within(route.get("mute_time_intervals", []))
    ]


def _routes(route: Mapping[str, Any], labels: Labels) -> Iterator[Mapping[str, Any]]:
    """The deepest routes that match: the first of each level, and those after one that goes on."""
    found = False
    for child in route.get("routes", []):
        if all(_matches(matcher, labels) for matcher in child.get("matchers", [])):
            found = True
            yield from _routes({"receiver": route["receiver"], **child}, labels)
            if not child.get("continue", False):
                break
    if not found:
        yield route


def _matches(matcher: str, labels: Labels) -> bool:
    name, operator, value = re.fullmatch(r'(\w+)(=~|=)"(.*)"', matcher).groups()  # type: ignore[union-attr]
    label = labels.get(name, "")
    return label == value if operator == "=" else re.fullmatch(value, label) is not None


def _contains(interval: Mapping[str, Any], moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(interval["location"]))
    clock = f"{local:%H:%M}"
    return DAYS[local.weekday()] in interval["weekdays"] and any(
        one["start_time"] <= clock < one["end_time"] for one in interval["times"]
    )
