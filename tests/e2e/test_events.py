"""R3.1 to R3.3: every service writes each of its events, and each audit entry has exactly one."""

from __future__ import annotations

import sqlite3
from collections import Counter

import pytest

from stack.native import NativeStack
from tests.e2e.conftest import Run
from tests.e2e.reading import records, until

pytestmark = [pytest.mark.e2e]

EXPECTED = {
    "gateway": {"http.server.request.started", "http.server.request.finished"},
    "auth-service": {
        "admin.action",
        "auth.account.locked",
        "auth.account.registered",
        "auth.attack.suspected",
        "auth.login",
        "auth.logout",
        "auth.password.reset",
        "auth.role.granted",
        "auth.role.revoked",
        "auth.token.issued",
        "auth.token.refreshed",
        "auth.token.reuse_detected",
        "auth.token.revoked",
    },
    "event-service": {
        "event.dead_lettered",
        "event.published",
        "event.received",
        "event.stage",
    },
}


def told(stack: NativeStack) -> Counter[tuple[str, str]]:
    """How often each service wrote each event."""
    return Counter(
        (record["service"], record["event_name"])
        for record in records(stack)
        if record["event_name"] and record["event_name"].startswith(("auth", "adm", "ev", "http"))
    )


def test_each_service_writes_each_of_its_events(run: Run) -> None:
    """The scenario, and events that make no sense, leave none out."""
    expected = {(service, name) for service, names in EXPECTED.items() for name in names}

    found = until(lambda: told(run.stack), lambda counts: expected <= counts.keys())

    for (service, name), count in sorted(found.items()):
        print(f"{service:<14} {name:<30} {count:>4}")
    assert not expected - found.keys()
    assert not [r for r in records(run.stack) if "otlog.event.problems" in r["attributes"]]


def test_each_audit_entry_has_one_event(run: Run) -> None:
    """What the database says happened and what the store says is the same, one to one."""
    database = run.stack.auth_service.folder / "accounts.sqlite"

    def audit_entries() -> Counter[str]:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT id FROM audit_trail").fetchall()
        return Counter(row[0] for row in rows)

    def audit_events() -> Counter[str]:
        found = records(run.stack, service="auth-service")
        ids = (record["attributes"].get("audit.record.id") for record in found)
        return Counter(one for one in ids if one is not None)

    events = until(audit_events, lambda found: found == audit_entries())

    assert audit_entries() == events
    assert set(events.values()) == {1}
