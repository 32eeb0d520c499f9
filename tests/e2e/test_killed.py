"""auth-service is killed at work: the others go on, and its audit trail loses nothing."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from otel_logging import cli
from stack.native import NativeStack
from tests.e2e.reading import records, until

pytestmark = [pytest.mark.e2e]

USERS = 24


def register(gateway: str, name: str) -> httpx.Response:
    """Ask for an account."""
    account = {"username": name, "email": f"{name}@example.com", "password": f"password of {name}"}
    return httpx.post(f"{gateway}/auth/register", json=account, timeout=60)


def entries(stack: NativeStack) -> set[str]:
    """The IDs in the audit trail."""
    database = stack.auth_service.folder / "accounts.sqlite"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM audit_trail")}


def test_killed_at_work(tmp_path: Path) -> None:
    """Requests fail as dependency failures; in the end every entry has its event."""
    stack = NativeStack(tmp_path)
    with stack.running():
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(register, stack.gateway.http, f"u{n}") for n in range(USERS)]
            until(lambda: len(entries(stack)), lambda count: count > 10)
            stack.auth_service.kill()
            answers = [one.result() for one in asked]
        failed = [answer for answer in answers if answer.status_code != 201]
        stack.auth_service.start()
        recovered = register(stack.gateway.http, "after")
        told = until(
            lambda: (
                {
                    record["attributes"].get("audit.record.id")
                    for record in records(stack, service="auth-service")
                }
                - {None}
            ),
            lambda ids: ids == entries(stack),
        )
        trace_id = failed[-1].headers["X-Trace-Id"]
        of_failed = until(lambda: records(stack, trace_id=trace_id, severity="ERROR"), bool)
        url = f"sqlite:///{stack.auth_service.folder / 'accounts.sqlite'}"
        intact = cli.main(["audit-trail", "verify", "--database", url])

    assert {answer.status_code for answer in failed} <= {502, 503, 504}
    assert recovered.status_code == 201
    assert told == entries(stack)
    assert intact == 0
    failure = [r for r in of_failed if r["attributes"].get("gateway.error.class") == "dependency"]
    assert [r["attributes"]["service.peer.name"] for r in failure] == ["auth-service"]
