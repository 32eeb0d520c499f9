"""Authentication: attacks, and what looks like one."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import Pace
from alerting.promql import of, total
from alerting.rule import Rule


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """None where the entry has no section for security."""
    if entry.security is None:
        return []
    limits = entry.security
    return [
        Rule(
            alert="AttackSuspected",
            kind="security",
            severity="critical",
            expr=f"{_events(entry, pace, 'auth.attack.suspected')} > 0",
            summary=f"{entry.service} suspects an attack on accounts",
            bad="{{ $value | humanize }} suspicions within 5 minutes",
        ),
        Rule(
            alert="LoginsFailing",
            kind="security",
            severity="warning",
            expr=f"{_events(entry, pace, 'auth.login', 'failure')} >= {limits.login_failures}",
            summary=f"many attempts to log in fail at {entry.service}",
            bad="{{ $value | humanize }} failed attempts within 5 minutes; "
            f"{limits.login_failures} are too many",
        ),
        Rule(
            alert="AccountsLocked",
            kind="security",
            severity="warning",
            expr=f"{_events(entry, pace, 'auth.account.locked')} >= {limits.account_locks}",
            summary=f"{entry.service} locks accounts",
            bad="{{ $value | humanize }} accounts within 5 minutes; "
            f"{limits.account_locks} are too many",
        ),
        Rule(
            alert="TokenReused",
            kind="security",
            severity="critical",
            expr=f"{_events(entry, pace, 'auth.token.reuse_detected')} > 0",
            summary=f"a refresh token came back to {entry.service} after its use",
            bad="{{ $value | humanize }} times within 5 minutes; its session was ended",
        ),
        Rule(
            alert="AdministrationRefused",
            kind="security",
            severity="warning",
            expr=f"{_events(entry, pace, 'admin.action', 'failure')} > 0",
            summary=f"{entry.service} refused an action of administration",
            bad="{{ $value | humanize }} refusals within 5 minutes",
        ),
    ]


def _events(entry: Entry, pace: Pace, name: str, outcome: str = "") -> str:
    matchers = [f'otel_event_name="{name}"', *([f'event_outcome="{outcome}"'] if outcome else [])]
    return total(of(entry, "otlog_log_records_total", *matchers), pace)
