"""Texts in bodies, counted by the Collector after redaction."""

from __future__ import annotations

from alerting.catalogue import Entry, Pattern
from alerting.pace import Pace
from alerting.promql import counted, total
from alerting.rule import Rule


def metric(pattern: Pattern) -> str:
    """The Collector's counter of a pattern, by its name in OpenTelemetry."""
    return f"otlog.collector.pattern.{pattern.name.replace('-', '_')}"


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """One rule for each pattern of the entry."""
    return [
        Rule(
            alert="PatternFound",
            kind="pattern",
            severity=pattern.severity,
            expr=f"{total(counted(entry, _prometheus(pattern)), pace)} > 0",
            summary=f"{entry.service}: {pattern.meaning}",
            bad=f"{{{{ $value | humanize }}}} records of pattern {pattern.name} within 5 minutes",
        )
        for pattern in entry.patterns
    ]


def _prometheus(pattern: Pattern) -> str:
    return f"{metric(pattern).replace('.', '_')}_total"
