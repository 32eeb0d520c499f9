"""Whether a service lives, knows the time, and loses nothing that it has to tell."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import MINUTE, Pace
from alerting.promql import ALIVE, HEARTBEATS, WINDOW, alive, of, total
from alerting.rule import Rule

_BEAT = "otlog_heartbeat_seconds"
_SKEW = 60
"""Seconds; export, scrape and evaluation take up to half of it."""


def alive_rule(pace: Pace) -> dict[str, str]:
    """The recording of the processes that live."""
    return {"record": ALIVE, "expr": f"changes({_BEAT}[{pace(HEARTBEATS)}]) > 0"}


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """No sign of life, never one, a wrong clock, and telemetry lost in the process."""
    beat = of(entry, _BEAT)
    silent = f"sum (changes({beat}[{pace(HEARTBEATS)}])) == 0"
    behind = f"min_over_time((time() - {beat})[{pace(WINDOW)}:{pace(MINUTE / 4)}])"
    skew = f"max (abs({alive(behind)}))"
    lost = " + ".join(
        f"({total(of(entry, name), pace)} or vector(0))"
        for name in ("otlog_log_dropped_total", "otlog_span_dropped_total")
    )
    return [
        Rule(
            alert="HeartbeatMissing",
            kind="presence",
            severity="critical",
            expr=f"(time() - max ({beat})) and on () ({silent})",
            lasting=MINUTE,
            summary=f"{entry.service} gives no sign of life",
            bad="the last one is {{ $value | humanizeDuration }} old",
        ),
        Rule(
            alert="ServiceAbsent",
            kind="presence",
            severity="critical",
            expr=f"absent({beat})",
            lasting=2 * WINDOW,
            summary=f"nothing is known of {entry.service}",
            bad="it has not been heard of for 10 minutes",
        ),
        Rule(
            alert="ClockSkewed",
            kind="presence",
            severity="warning",
            expr=f"{skew} > {_SKEW}",
            lasting=WINDOW,
            summary=f"the clock of {entry.service} is wrong",
            bad=f"by {{{{ $value | humanizeDuration }}}}; {_SKEW} s are allowed",
        ),
        Rule(
            alert="TelemetryDropped",
            kind="presence",
            severity="warning",
            expr=f"{lost} > 0",
            summary=f"{entry.service} loses records or spans",
            bad="{{ $value | humanize }} dropped within 5 minutes",
        ),
    ]
