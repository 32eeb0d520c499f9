"""A warning at night waits for the morning, a critical alert does not, on a real Alertmanager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerting.catalogue import Entry, Importance, Receivers
from alerting.hours import DAYS, Hours
from stack.alerted import Alerted
from stack.slack import Slack
from tests.alerting.mail import server
from tests.collector.waiting import until
from tests.compose.test_backends import program

ZONES = ("Asia/Seoul", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata")


@cache
def now() -> datetime:
    """When the first test of this file began; one moment for all that is made from it."""
    return datetime.now(tz=UTC)


def hours(zone: str, *, open_now: bool) -> Hours | None:
    """Hours around the time that it is in a zone, or later that day; none close to midnight."""
    local = now().astimezone(ZoneInfo(zone))
    first, last = local - timedelta(hours=1), local + timedelta(hours=2)
    if not open_now:
        first = local + timedelta(hours=1)
    if {first.date(), last.date()} != {local.date()}:
        return None
    return Hours(days=DAYS, start=f"{first:%H:%M}", end=f"{last:%H:%M}", time_zone=zone)


def shop(name: str, importance: Importance, open_: Hours) -> Entry:
    """A service."""
    return Entry(
        service=name,
        description="a shop",
        team="shop",
        importance=importance,
        hours=open_,
        receivers=Receivers(email=("platform",)),
    )


def shops(*, morning: bool) -> list[Entry]:
    """One service a zone where it is day, one where it is night, until the morning comes."""
    found = []
    for index, zone in enumerate(ZONES):
        day, night = hours(zone, open_now=True), hours(zone, open_now=morning)
        if day and night and hours(zone, open_now=False):
            found += [shop(f"day-{index}", "low", day), shop(f"night-{index}", "low", night)]
    return found


@pytest.fixture
def alerted(tmp_path: Path) -> Iterator[tuple[Alerted, Slack]]:
    """Alertmanager alone, with services in several zones."""
    program("prometheus-alertmanager")
    with Slack() as slack, server() as (_, smtp):
        parts = Alerted(tmp_path, slack.url, smtp, shops(morning=False))
        with parts.alertmanager:
            yield parts, slack


def fire(parts: Alerted, entry: Entry, severity: str, name: str = "") -> None:
    """Let an alert of a service fire."""
    labels = {
        "alertname": name or f"Some-{severity}",
        "service_name": entry.service,
        "team": entry.team,
        "importance": entry.importance,
        "severity": severity,
        "kind": "frequency",
    }
    parts.alertmanager.alert(labels, {"summary": "something happened"})


def test_warning_waits_for_the_morning(alerted: tuple[Alerted, Slack]) -> None:
    """By day a warning is told at once, at night in the morning; a critical alert at any time."""
    parts, slack = alerted
    entries = shops(morning=False)
    by_day = [one for one in entries if one.service.startswith("day")]
    at_night = [one for one in entries if one.service.startswith("night")]
    assert by_day, f"no zone is far from midnight at {now():%H:%M}"

    def told(one: Entry, severity: str) -> bool:
        return slack.titled(f"Some-{severity} · {one.service}") != []

    for one in entries:
        fire(parts, one, "warning")
    until(lambda: all(told(one, "warning") for one in by_day), "warnings by day")
    # Told later than the warnings would have been: what is not there by now waits.
    for one in entries:
        fire(parts, one, "critical")
    until(lambda: all(told(one, "critical") for one in entries), "critical alerts")
    assert not [one for one in at_night if told(one, "warning")]

    parts.configure(shops(morning=True))
    parts.alertmanager.reload()
    until(lambda: all(told(one, "warning") for one in at_night), "warnings in the morning")


def test_what_is_worse_silences_what_follows_from_it(alerted: tuple[Alerted, Slack]) -> None:
    """Failing requests silence the counts of their records, for the same service alone."""
    parts, slack = alerted
    one, other = shops(morning=False)[0], shops(morning=False)[2]

    def told(entry: Entry, name: str) -> bool:
        return slack.titled(f"{name} · {entry.service}") != []

    fire(parts, one, "critical", "RequestsFailing")
    until(lambda: told(one, "RequestsFailing"), "what is worse")
    fire(parts, one, "critical", "ErrorsFrequent")
    fire(parts, other, "critical", "ErrorsFrequent")
    until(lambda: told(other, "ErrorsFrequent"), "the same of another service")
    fire(parts, other, "critical")
    until(lambda: told(other, "Some-critical"), "what was told later")

    assert not told(one, "ErrorsFrequent")
