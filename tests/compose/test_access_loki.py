"""Who may read, follow and delete whose log records at the gate, on a real Loki."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from stack.loki import Loki
from stack.ports import HOST
from tests.compose.access import EVERYBODY, Door, opened
from tests.compose.tail import Refused, Tail
from tests.compose.test_backends import program

pytestmark = pytest.mark.loki

READ = "loki/loki/api/v1/query_range?query=%7Bservice_name%3D%22shop%22%7D"
TAIL = "loki/loki/api/v1/tail?query=%7Bservice_name%3D%22shop%22%7D"
DELETE = "loki/loki/api/v1/delete?query=%7Bservice_name%3D%22gone%22%7D&start=1"
LINES = {"main": "order placed", "audit": "role granted"}


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loki]:
    """A Loki with tenants, each of which has a line."""
    with Loki(tmp_path_factory.mktemp("loki"), tenants=True) as running:
        for tenant, line in LINES.items():
            push(running, tenant, line)
        yield running


@pytest.fixture(scope="module")
def loki_door(loki: Loki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A gate before it."""
    program("nginx")
    with opened(tmp_path_factory.mktemp("access"), {"loki": f"{HOST}:{loki.port}"}) as door:
        yield door


def push(loki: Loki, tenant: str, line: str) -> None:
    """Write one line to a tenant."""
    stream = {"stream": {"service_name": "shop"}, "values": [[str(time.time_ns()), line]]}
    answer = httpx.post(
        f"{loki.http}/loki/api/v1/push",
        json={"streams": [stream]},
        headers={"X-Scope-OrgID": tenant},
        timeout=300,
    )
    assert answer.status_code == 204


def seen(door: Door, who: str, **headers: str) -> set[str]:
    """The lines that a role reads."""
    answer = door.client.get(
        f"{door.gate.https}/{READ}", auth=(who, f"{who}-password"), headers=headers
    )
    answer.raise_for_status()
    streams = answer.json()["data"]["result"]
    return {line for stream in streams for _, line in stream["values"]}


def test_audit_events_are_for_auditors(loki_door: Door) -> None:
    """Each role reads its tenant's lines, whatever it asks for; an admin may choose."""
    ask = {"X-Scope-OrgID": "audit"}

    for who in ("viewer", "editor"):
        assert seen(loki_door, who) == seen(loki_door, who, **ask) == {LINES["main"]}
    assert seen(loki_door, "auditor") == {LINES["audit"]}
    assert seen(loki_door, "auditor", **{"X-Scope-OrgID": "main"}) == {LINES["audit"]}
    assert seen(loki_door, "admin") == {LINES["main"]}
    assert seen(loki_door, "admin", **ask) == {LINES["audit"]}


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", READ, EVERYBODY),
        ("GET", TAIL, EVERYBODY),
        ("POST", DELETE, ("admin",)),
        ("GET", "loki/loki/api/v1/delete", ("admin",)),
        ("POST", "loki/loki/api/v1/push", ()),
        ("POST", "loki/otlp/v1/logs", ()),
        ("GET", "loki/config", ()),
        ("POST", "loki/flush", ()),
        ("GET", "loki/metrics", ()),
    ],
)
def test_who_may_ask_loki(loki_door: Door, method: str, path: str, roles: tuple[str, ...]) -> None:
    """All roles read and follow their own; admins delete; nobody writes past the Collector."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert loki_door.allowed(method, path, upgrade if path == TAIL else {}) == roles


def test_loki_behind_the_gate_asks_for_a_tenant(loki_door: Door) -> None:
    """Past the gate, a request that names no tenant is refused by Loki itself."""
    address = loki_door.gate.backends["loki"]

    assert httpx.get(f"http://{address}/loki/api/v1/labels").status_code == 401


def follow(door: Door, who: str, *, asking_for: str = "") -> Tail:
    """What a role follows at the gate, as Grafana's button Live and `--follow` do."""
    headers = {"X-Scope-OrgID": asking_for} if asking_for else {}
    return Tail(f"{door.gate.https}/{TAIL}", door.trust, (who, f"{who}-password"), headers)


@pytest.mark.parametrize(
    ("who", "asking_for", "tenant"),
    [
        ("viewer", "", "main"),
        ("viewer", "audit", "main"),
        ("editor", "", "main"),
        ("auditor", "", "audit"),
        ("auditor", "main", "audit"),
        ("admin", "", "main"),
        ("admin", "audit", "audit"),
    ],
)
def test_each_role_follows_its_own_tenant(
    loki_door: Door, loki: Loki, who: str, asking_for: str, tenant: str
) -> None:
    """A line that comes while a role follows arrives, and none of the other tenant does."""
    other = {"main": "audit", "audit": "main"}[tenant]
    new = f"while {who} follows, who asks for {asking_for or 'nothing'}"
    with follow(loki_door, who, asking_for=asking_for) as tail:
        push(loki, other, f"{other} {new}")
        push(loki, tenant, f"{tenant} {new}")
        seen = tail.until(f"{tenant} {new}")

    assert not [line for line in seen if line == LINES[other] or line.startswith(other)]


def test_a_stranger_is_refused_before_the_upgrade(loki_door: Door) -> None:
    """Without a name, and with another's password, no connection is upgraded."""
    url = f"{loki_door.gate.https}/{TAIL}"

    for auth in (None, ("viewer", "admin-password")):
        with pytest.raises(Refused, match="401"), Tail(url, loki_door.trust, auth):
            pass


def test_grafana_follows_as_a_viewer(loki_door: Door, loki: Loki) -> None:
    """On Grafana's own port the stream is the main tenant's, whatever is asked for."""
    url = f"{loki_door.gate.of_grafana(3100)}/{TAIL.partition('/')[2]}"
    with Tail(url, headers={"X-Scope-OrgID": "audit"}) as tail:
        push(loki, "audit", "role revoked")
        push(loki, "main", "order shipped")
        seen = tail.until("order shipped")

    assert not {LINES["audit"], "role revoked"} & set(seen)
