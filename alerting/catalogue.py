"""A service's catalogue entry: who owns it, how much it matters, and what is too much."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import re2
import yaml

from alerting.hours import Hours

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "services"
FILE = "catalogue.yaml"

Importance = Literal["critical", "high", "normal", "low"]
Severity = Literal["critical", "warning"]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]*$")]
Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class CatalogueError(ValueError):
    """An entry is wrong; the message names file and reason, and says what to do."""


class Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type whose files may hold nothing that it does not know."""


class Thresholds(Closed, frozen=True):
    """What is too much within five minutes.

    Attributes:
        errors: error records from which on the service is in trouble.
        error_share: share of error records among all.
        failed_share: share of requests answered with a status of 500 or above.
        latency: seconds within which 95 of 100 requests have to be answered.
        dependency_failures: failed calls of one other service.
    """

    errors: Count = 20
    error_share: Share = 0.05
    failed_share: Share = 0.05
    latency: Seconds = 1.0
    dependency_failures: Count = 5


class Security(Closed, frozen=True):
    """What is too much of authentication within five minutes.

    Attributes:
        login_failures: failed attempts to log in.
        account_locks: accounts locked.
    """

    login_failures: Count = 30
    account_locks: Count = 3


class Queues(Closed, frozen=True):
    """What is too much of the queues that the service consumes.

    Attributes:
        wait: seconds that a message may wait.
        length: messages that may wait.
    """

    wait: Seconds = 60.0
    length: Count = 1000


class Pattern(Closed, frozen=True):
    """A text in the bodies of the service's records that somebody has to hear of.

    Attributes:
        name: part of the metric's name.
        regex: RE2, found anywhere in a body that is text.
        meaning: what it tells, for the message; the body itself is never in it.
        severity: of the alert.
    """

    name: Name
    regex: str
    meaning: str
    severity: Severity = "warning"


class Receivers(Closed, frozen=True):
    """Who is told.

    Attributes:
        email: groups of `alerting/installation.yaml`.
    """

    email: tuple[str, ...]


class Entry(Closed, frozen=True):
    """One service.

    Attributes:
        service: its `service.name`.
        description: what it does, in a line.
        team: who owns it; with the importance it names the Slack channel.
        importance: decides who is woken by what.
        hours: when the team works.
        receivers: who is told by e-mail.
        thresholds: what is too much of errors and time.
        security: only where users are authenticated.
        queues: only where messages are consumed.
        patterns: texts to look for.
    """

    service: Name
    description: str
    team: Name
    importance: Importance
    hours: Hours
    receivers: Receivers
    thresholds: Thresholds = Thresholds()
    security: Security | None = None
    queues: Queues | None = None
    patterns: tuple[Pattern, ...] = ()

    @property
    def channel(self) -> str:
        """The Slack channel: one for each team and importance."""
        return f"#{self.team}-{self.importance}"


def load(folder: Path = SERVICES) -> list[Entry]:
    """Return the entry of each service folder, by name of service.

    Raises:
        CatalogueError: when a folder has none, or one is wrong.
    """
    folders = sorted(path.parent for path in folder.glob("*/app.py"))
    entries = [read(one / FILE) for one in folders]
    return sorted(entries, key=lambda entry: entry.service)


def read(file: Path) -> Entry:
    """Return the entry in a file.

    Raises:
        CatalogueError: when it is missing or wrong.
    """
    if not file.is_file():
        raise CatalogueError(f"{file}: is missing; docs/add-a-service.md says what is in it")
    try:
        entry = msgspec.convert(yaml.safe_load(file.read_text("utf-8")), Entry)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{file}: {error}") from None
    for reason in _problems(entry, file.parent.name):
        raise CatalogueError(f"{file}: {reason}")
    return entry


def _problems(entry: Entry, folder: str) -> list[str]:
    problems = []
    if entry.service.replace("-", "_") != folder:
        problems.append(
            f"service is {entry.service!r}, but its folder is {folder!r}: make them one"
        )
    problems += _wrong_hours(entry.hours)
    problems += _wrong_patterns(entry.patterns)
    return problems


def _wrong_hours(hours: Hours) -> list[str]:
    try:
        ZoneInfo(hours.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return [f"time_zone {hours.time_zone!r} is unknown: use a name such as Europe/Berlin"]
    if hours.end <= hours.start:
        return [f"hours end at {hours.end}, before they start: split what goes over midnight"]
    return []


def _wrong_patterns(patterns: Sequence[Pattern]) -> list[str]:
    problems = []
    for pattern in patterns:
        try:
            re2.compile(pattern.regex)
        except re2.error as error:
            problems.append(f"pattern {pattern.name}: {pattern.regex!r} is no RE2: {error}")
    names = [pattern.name for pattern in patterns]
    twice = {name for name in names if names.count(name) > 1}
    return problems + [f"pattern {name} is there twice: rename one" for name in sorted(twice)]
