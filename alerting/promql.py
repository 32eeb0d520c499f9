"""Pieces of queries. The rules run on Prometheus 2.42 and later."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import DAY, HOUR, MINUTE, Pace

WINDOW = 5 * MINUTE
HEARTBEATS = 3 * MINUTE
"""Three exports of metrics at OpenTelemetry's default interval."""
ALIVE = "otlog:alive"
"""Recorded: the processes that live. The Collector shows the last values of others for a day."""


def of(entry: Entry, name: str, *matchers: str) -> str:
    """A selector of the metric of a service; its job is `service` or `namespace/service`."""
    return _selector(name, f'job=~"(.+/)?{entry.service}"', *matchers)


def counted(entry: Entry, name: str, *matchers: str) -> str:
    """A selector of what the Collector counts of a service."""
    return _selector(name, f'service_name="{entry.service}"', *matchers)


def grown(selector: str, pace: Pace, window: float = WINDOW) -> str:
    """How much each counter grew within the window, the first count of a new one included.

    increase() takes the first value of a series for its beginning and so misses it; a series
    that was not there within the hour before the window counts as a whole.
    """
    before = f"last_over_time({selector}[{pace(HOUR)}] offset {pace(window)})"
    return f"(({selector} unless {before}) or increase({selector}[{pace(window)}]))"


def total(selector: str, pace: Pace, by: str = "", window: float = WINDOW) -> str:
    """The sum of what grew."""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} ({grown(selector, pace, window)})"


def new(selector: str, by: str, pace: Pace) -> str:
    """The groups that exist now, and did not the day before."""
    recent = f"last_over_time({selector}[{pace(DAY)}] offset {pace(2 * WINDOW)})"
    return f"sum by ({by}) ({selector}) unless sum by ({by}) ({recent})"


def alive(selector: str) -> str:
    """A selector's series of processes that live."""
    return f"({selector} and on (job, instance) {ALIVE})"


def _selector(name: str, *matchers: str) -> str:
    return f"{name}{{{', '.join(matchers)}}}"
