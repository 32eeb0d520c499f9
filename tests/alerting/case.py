"""A case of an alert: series that make it fire and stop again, and series that nearly do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Series = Mapping[str, str]
"""Values by selector, one a minute, as promtool writes them (`1x3` is `1 1 1 1`, `_` is none)."""

LIVES = "0+60x90"
"""A heartbeat; a promtool test begins at 1970."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One alert of one service.

    Attributes:
        alert: its name.
        service: whose it is.
        trouble: series that make it fire, and then no longer.
        quiet: series of something that looks alike, and never makes it fire.
        bad: what `$value` reads as in the message.
        labels: labels beyond those that every alert of the service has.
        before, fires, after: minutes at which it is quiet, fires, and is quiet again.
    """

    alert: str
    service: str
    trouble: Series
    quiet: Series
    bad: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    before: int = 15
    fires: int = 21
    after: int = 50


def metric(name: str, service: str = "gateway", **labels: str) -> str:
    """A selector of what a process of a service measures."""
    everything = {"job": f"shop/{service}", "instance": "a", **labels}
    return _selector(name, everything)


def collected(name: str, **labels: str) -> str:
    """A selector of what is not measured by a process of a service."""
    return _selector(name, labels)


def records(severity: str, service: str = "gateway", **labels: str) -> str:
    """A selector of a service's count of records."""
    return metric("otlog_log_records_total", service, severity=severity, **labels)


def beat(service: str, instance: str = "a") -> str:
    """A selector of a service's heartbeat."""
    return metric("otlog_heartbeat_seconds", service, instance=instance)


def _selector(name: str, labels: Mapping[str, str]) -> str:
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def first(count: int) -> str:
    """A counter that is born at minute 21 with a count."""
    return f"_x20 {count}x70"


def step(count: int) -> str:
    """A counter that goes from 0 to a count at minute 21."""
    return f"0x20 {count}x70"


def raised(value: float, otherwise: float = 0) -> str:
    """A gauge that has a value from minute 16 to minute 31."""
    return f"{otherwise}x15 {value}x15 {otherwise}x60"
