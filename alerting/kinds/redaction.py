"""Secrets that got past a process, and rules that could not be applied."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import Pace
from alerting.promql import counted, of, total
from alerting.rule import Rule


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """The tripwire, failures of redaction, refused policies."""
    masked = total(counted(entry, "otlog_collector_redactions_total"), pace, "otlog_signal")
    refused = of(entry, "otlog_redaction_policy_reloads_total", 'result="refused"')
    return [
        Rule(
            alert="SecretsCaught",
            kind="redaction",
            severity="critical",
            expr=f"{masked} > 0",
            summary=f"{entry.service} sent secrets in its {{{{ $labels.otlog_signal }}}}; "
            "the Collector masked them",
            bad="{{ $value | humanize }} items within 5 minutes",
        ),
        Rule(
            alert="RedactionFailing",
            kind="redaction",
            severity="critical",
            expr=f"{total(of(entry, 'otlog_redaction_failures_total'), pace)} > 0",
            summary=f"{entry.service} cannot redact some values, and masks them as a whole",
            bad="{{ $value | humanize }} failures within 5 minutes",
        ),
        Rule(
            alert="PolicyRefused",
            kind="redaction",
            severity="warning",
            expr=f"{total(refused, pace)} > 0",
            summary=f"{entry.service} was given a broken redaction policy, and keeps the old one",
            bad="{{ $value | humanize }} refusals within 5 minutes",
        ),
    ]
