"""Who is told what and when: label sets × times, on both sides of a change of the clocks."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting import installation
from alerting.catalogue import Entry, Importance, Receivers, load
from alerting.generated import FOLDER
from alerting.hours import Hours
from alerting.pace import Pace
from alerting.routes import configuration
from tests.alerting.routing import receivers, told
from tests.compose.test_backends import program, run

COMMITTED: dict[str, Any] = yaml.safe_load((FOLDER / "alertmanager.yaml").read_text())
IMPORTANCES: tuple[Importance, ...] = ("critical", "high", "normal", "low")


def entry(importance: Importance, hours: Hours) -> Entry:
    """A service of an importance."""
    return Entry(
        service=f"shop-{importance}",
        description="a shop",
        team="shop",
        importance=importance,
        hours=hours,
        receivers=Receivers(email=("platform",)),
    )


def made(*entries: Entry) -> dict[str, Any]:
    """Alertmanager's configuration for services."""
    return configuration(entries, installation.load(), Pace())


BERLIN = Hours(time_zone="Europe/Berlin")
SHOPS = made(*(entry(importance, BERLIN) for importance in IMPORTANCES))


def labels(importance: Importance, severity: str) -> dict[str, str]:
    """The labels of an alert, as the rules set them."""
    return {
        "alertname": "ErrorLogged",
        "service_name": f"shop-{importance}",
        "team": "shop",
        "importance": importance,
        "severity": severity,
        "kind": "frequency",
    }


def utc(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BOTH, SLACK, MAIL, NOBODY = "", "/slack", "/mail", None
DAY, NIGHT = "2026-06-10T09:00", "2026-06-10T22:30"


@pytest.mark.parametrize(
    ("importance", "severity", "at", "expected"),
    [
        *((one, "critical", at, BOTH) for one, at in product(IMPORTANCES, (DAY, NIGHT))),
        ("critical", "warning", DAY, BOTH),
        ("critical", "warning", NIGHT, BOTH),
        ("high", "warning", DAY, SLACK),
        ("high", "warning", NIGHT, SLACK),
        ("normal", "warning", DAY, SLACK),
        ("normal", "warning", NIGHT, MAIL),
        ("low", "warning", DAY, SLACK),
        ("low", "warning", NIGHT, NOBODY),
    ],
)
def test_policy(importance: Importance, severity: str, at: str, expected: str | None) -> None:
    """Importance, severity and hour decide who is told; nothing but a low warning waits."""
    found = told(SHOPS, labels(importance, severity), utc(at))

    assert found == ([] if expected is None else [f"shop-{importance}{expected}"])


@pytest.mark.parametrize(
    ("zone", "at", "open_"),
    [
        # Clocks go forward on Sunday, 2026-03-29: nine o'clock comes an hour earlier.
        ("Europe/Berlin", "2026-03-27T07:59", False),
        ("Europe/Berlin", "2026-03-27T08:00", True),
        ("Europe/Berlin", "2026-03-30T06:59", False),
        ("Europe/Berlin", "2026-03-30T07:00", True),
        ("Europe/Berlin", "2026-03-30T15:59", True),
        ("Europe/Berlin", "2026-03-30T16:00", False),
        # And back on Sunday, 2026-10-25.
        ("Europe/Berlin", "2026-10-23T07:00", True),
        ("Europe/Berlin", "2026-10-26T07:00", False),
        ("Europe/Berlin", "2026-10-26T08:00", True),
        # In America a fortnight earlier and a week later: 2026-03-08 and 2026-11-01.
        ("America/New_York", "2026-03-06T14:00", True),
        ("America/New_York", "2026-03-09T13:00", True),
        ("America/New_York", "2026-03-06T13:00", False),
        ("America/New_York", "2026-10-30T13:00", True),
        ("America/New_York", "2026-11-02T13:30", False),
        # No change, half an hour off, and Monday here while it is Sunday in UTC.
        ("Asia/Seoul", "2026-03-30T00:00", True),
        ("Asia/Kolkata", "2026-03-30T03:30", True),
        ("Asia/Kolkata", "2026-03-30T03:29", False),
        ("Pacific/Auckland", "2026-06-07T21:00", True),
        ("UTC", "2026-06-06T12:00", False),
    ],
)
def test_hours_follow_the_local_clock(zone: str, at: str, *, open_: bool) -> None:
    """A warning that waits is told from nine o'clock of the team's own clock on, on work days."""
    shop = made(entry("low", Hours(time_zone=zone)))
    expected = ["shop-low/slack"] if open_ else []

    assert told(shop, labels("low", "warning"), utc(at)) == expected


@pytest.mark.parametrize(
    ("days", "start", "end", "hours"),
    [
        (("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00", "18:00", 64),
        (("wednesday",), "08:00", "12:30", 24 * 7 - 4.5 + 1),
    ],
)
def test_longest_closed_time(days: Any, start: str, end: str, hours: float) -> None:
    """The weekend, or the week; an hour more for the night in which clocks go back."""
    found = Hours(days=days, start=start, end=end).longest_closed()

    assert found.total_seconds() == hours * 3600


def every_label_set() -> list[dict[str, str]]:
    """Alerts of every service and severity, of the pipeline, and of nobody."""
    sets = [
        {"alertname": "A", "service_name": one.service, "severity": severity}
        for one in (*load(), installation.load().platform)
        for severity in ("critical", "warning")
    ]
    return [
        *sets,
        {"alertname": "Watchdog", "kind": "watchdog", "service_name": "telemetry"},
        {"alertname": "A"},
    ]


def by_amtool(file: Path, alert: dict[str, str]) -> list[str]:
    """The receivers that amtool finds."""
    pairs = [f"{name}={value}" for name, value in alert.items()]
    command = [program("amtool"), "config", "routes", "test", f"--config.file={file}", *pairs]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    return answer.stdout.strip().split(",")


def test_routes_are_those_that_amtool_finds(tmp_path: Path) -> None:
    """Our reading of the file is Alertmanager's: in the repository, and for every importance."""
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump({**SHOPS, "templates": []}))
    shops = [labels(one, severity) for one in IMPORTANCES for severity in ("critical", "warning")]

    for alert in every_label_set():
        assert by_amtool(FOLDER / "alertmanager.yaml", alert) == receivers(COMMITTED, alert), alert
    for alert in shops:
        assert by_amtool(file, alert) == receivers(SHOPS, alert), alert


def test_alertmanager_accepts_every_importance(tmp_path: Path) -> None:
    """Amtool accepts what is generated with time intervals of all kinds, templates included."""
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump({**SHOPS, "templates": [f"{FOLDER}/templates/*.tmpl"]}))

    run(program("amtool"), "check-config", str(file))


def test_nobody_is_forgotten() -> None:
    """What matches no service goes to the pipeline's owners; secrets are named, not written."""
    assert receivers(COMMITTED, {"alertname": "A"}) == ["telemetry"]
    text = (FOLDER / "alertmanager.yaml").read_text()
    assert "slack_api_url_file: /run/secrets/slack_url" in text
    assert "smtp_auth_password_file: /run/secrets/mail_password" in text
    assert "hooks.slack" not in text
