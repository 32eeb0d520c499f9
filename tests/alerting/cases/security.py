"""Authentication and administration."""

from __future__ import annotations

from tests.alerting.case import Case, first, records


def _event(name: str, outcome: str = "") -> str:
    more = {"event_outcome": outcome} if outcome else {}
    return records("WARN", "auth-service", otel_event_name=name, **more)


CASES = [
    Case(
        alert="AttackSuspected",
        service="auth-service",
        trouble={_event("auth.attack.suspected"): first(1)},
        quiet={_event("auth.login", "failure"): first(9)},
        bad="1",
    ),
    Case(
        alert="LoginsFailing",
        service="auth-service",
        trouble={_event("auth.login", "failure"): first(30)},
        quiet={
            _event("auth.login", "failure"): first(29),
            _event("auth.login", "success"): first(500),
        },
        bad="30",
    ),
    Case(
        alert="AccountsLocked",
        service="auth-service",
        trouble={_event("auth.account.locked"): first(3)},
        quiet={_event("auth.account.locked"): first(2)},
        bad="3",
    ),
    Case(
        alert="TokenReused",
        service="auth-service",
        trouble={_event("auth.token.reuse_detected"): first(1)},
        quiet={_event("auth.token.refreshed", "success"): first(50)},
        bad="1",
    ),
    Case(
        alert="AdministrationRefused",
        service="auth-service",
        trouble={_event("admin.action", "failure"): first(1)},
        quiet={_event("admin.action", "success"): first(50)},
        bad="1",
    ),
]
