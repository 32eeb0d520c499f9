"""auth-service is killed, its queue full and the Collector away: the trail loses nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from otel_logging import cli
from stack.native import NativeStack
from tests.e2e.reading import records, until
from tests.services.audited import entries, query, unaudited

pytestmark = [pytest.mark.e2e]

USERS = 24
ROOM = 100
TAMPERED = {
    "altered": "UPDATE audit_trail SET actor_id = 'somebody' WHERE sequence = 4",
    "removed": "DELETE FROM audit_trail WHERE sequence = 5",
    "reordered": "UPDATE audit_trail SET sequence = CASE sequence WHEN 3 THEN -4 ELSE -3 END "
    "WHERE sequence IN (3, 4)",
}


def account(name: str) -> dict[str, str]:
    """Somebody's account."""
    return {"username": name, "email": f"{name}@example.com", "password": f"password of {name}"}


def register(gateway: str, name: str) -> httpx.Response:
    """Ask for an account."""
    return httpx.post(f"{gateway}/auth/register", json=account(name), timeout=60)


def change_everything(stack: NativeStack, name: str) -> None:
    """Change rows of every kind: an account, its roles, its tokens."""
    with httpx.Client(base_url=stack.gateway.http, timeout=60) as client:

        def log_in(who: dict[str, str]) -> dict[str, str]:
            tokens: dict[str, str] = client.post("/auth/login", json=who).json()
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            return tokens

        user_id = client.post("/auth/register", json=account(name)).json()["user_id"]
        refresh = {"refresh_token": log_in(account(name))["refresh_token"]}
        client.post("/auth/refresh", json=refresh).raise_for_status()
        assert client.post("/auth/refresh", json=refresh).status_code == 401
        log_in({"username": "admin", "password": stack.admin_password})
        where = f"/admin/users/{user_id}"
        client.post(f"{where}/roles", json={"role": "support"}).raise_for_status()
        client.delete(f"{where}/roles/support").raise_for_status()
        client.post(f"{where}/lock").raise_for_status()


def told(stack: NativeStack) -> Counter[str]:
    """How many records the store has for each entry that a record names."""
    found = records(stack, service="auth-service")
    ids = (record["attributes"].get("audit.record.id") for record in found)
    return Counter(one for one in ids if one is not None)


def verify(database: Path) -> int:
    """The exit code of the command."""
    return cli.main(["audit-trail", "verify", "--database", f"sqlite:///{database}"])


def test_killed_at_work(tmp_path: Path) -> None:
    """Requests fail as dependency failures; in the end each changed row has entry and event."""
    stack = NativeStack(tmp_path, variables={"OTLOG_QUEUE_SIZE": str(ROOM)})
    database = stack.auth_service.folder / "accounts.sqlite"
    with stack.running():
        assert stack.collector is not None
        change_everything(stack, "before")
        stack.collector.kill()
        fill_queue(stack)
        with ThreadPoolExecutor(4) as pool:
            count = len(entries(database))
            asked = [pool.submit(register, stack.gateway.http, f"u{n}") for n in range(USERS)]
            until(lambda: len(entries(database)), lambda now: now > count + 10)
            stack.auth_service.kill()
            answers = [one.result() for one in asked]
        failed = [answer for answer in answers if answer.status_code != 201]
        stack.auth_service.start()
        fill_queue(stack)
        change_everything(stack, "after")
        stack.collector.start()
        events = until(lambda: told(stack), lambda found: found == entries(database))
        trace_id = failed[-1].headers["X-Trace-Id"]
        of_failed = until(lambda: records(stack, trace_id=trace_id, severity="ERROR"), bool)
        dropped = until(lambda: drops(stack), bool)

    assert {answer.status_code for answer in failed} <= {502, 503, 504}
    assert events == entries(database)
    assert set(events.values()) == {1}
    assert unaudited(database) == {}
    assert dropped
    failure = [r for r in of_failed if r["attributes"].get("gateway.error.class") == "dependency"]
    assert [r["attributes"]["service.peer.name"] for r in failure] == ["auth-service"]
    assert verify(database) == 0
    for name, statement in TAMPERED.items():
        copy = shutil.copy(database, tmp_path / name)
        query(copy, statement)
        assert verify(copy) == 1, name


def fill_queue(stack: NativeStack) -> None:
    """Have auth-service write more than its queue holds."""
    with httpx.Client(base_url=stack.auth_service.http, timeout=60) as client:
        for _ in range(2 * ROOM):
            client.get("/healthz").raise_for_status()


def drops(stack: NativeStack) -> list[object]:
    """What auth-service told of records that it had no room for."""
    found = records(stack, service="auth-service", scope="otel_logging.bridge")
    return [record["attributes"] for record in found]
