"""Errors in the records, counted by the process itself."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import MINUTE, Pace
from alerting.promql import counted, new, of, total
from alerting.rule import Rule

_RECORDS = "otlog_log_records_total"
_FEW = 5
"""Error records below which a share says nothing."""


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """The first error, many, a large share, a fatal one, one of a new type."""
    limits = entry.thresholds
    errors = total(of(entry, _RECORDS, 'severity=~"ERROR|FATAL"'), pace)
    fatal = total(of(entry, _RECORDS, 'severity="FATAL"'), pace)
    share = f"{errors} / {total(of(entry, _RECORDS), pace)}"
    kinds = new(counted(entry, "otlog_collector_errors_total"), "exception_type", pace)
    return [
        Rule(
            alert="ErrorLogged",
            kind="frequency",
            severity="warning",
            expr=f"{errors} > 0",
            summary=f"{entry.service} logs errors",
            bad="{{ $value | humanize }} error records within 5 minutes",
        ),
        Rule(
            alert="ErrorsFrequent",
            kind="frequency",
            severity="critical",
            expr=f"{errors} >= {limits.errors}",
            keeping=2 * MINUTE,
            summary=f"{entry.service} logs many errors",
            bad="{{ $value | humanize }} error records within 5 minutes; "
            f"{limits.errors} are too many",
        ),
        Rule(
            alert="ErrorShareHigh",
            kind="frequency",
            severity="warning",
            expr=f"({share} > {limits.error_share}) and on () ({errors} >= {_FEW})",
            summary=f"many of the records of {entry.service} are errors",
            bad="{{ $value | humanizePercentage }} of its records within 5 minutes; "
            f"more than {limits.error_share:.0%} is too many",
        ),
        Rule(
            alert="FatalLogged",
            kind="frequency",
            severity="critical",
            expr=f"{fatal} > 0",
            keeping=2 * MINUTE,
            summary=f"{entry.service} met an error that nobody foresaw",
            bad="{{ $value | humanize }} records of severity FATAL within 5 minutes",
        ),
        Rule(
            alert="NewErrorType",
            kind="new-error",
            severity="warning",
            expr=kinds,
            summary=f"{entry.service} fails in a new way: {{{{ $labels.exception_type }}}}",
            bad="not seen the day before; {{ $value | humanize }} times by now",
        ),
    ]
