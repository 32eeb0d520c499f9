"""Who may do what at the gate, by role and request, on the real backends."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from stack.alertmanager import Alertmanager
from stack.gate import Gate, User
from stack.loki import Loki
from stack.ports import HOST
from stack.prometheus import Prometheus
from tests.collector.closed import Files
from tests.collector.waiting import until
from tests.compose.test_backends import program

EVERYBODY = ("viewer", "editor", "auditor", "admin")
READERS = ("viewer", "editor", "admin")
USERS = [User(role, f"{role}-password", role) for role in EVERYBODY]
NOBODY = User("no role", "a password")
READ = "loki/loki/api/v1/query_range?query=%7Bservice_name%3D%22shop%22%7D"
TAIL = "loki/loki/api/v1/tail?query=%7Bservice_name%3D%22shop%22%7D"
DELETE = "loki/loki/api/v1/delete?query=%7Bservice_name%3D%22gone%22%7D&start=1"
LINES = {"main": "order placed", "audit": "role granted"}


@dataclass(frozen=True)
class Door:
    """A gate that runs, and who is known there."""

    gate: Gate
    client: httpx.Client

    def status(self, who: str, method: str, path: str, headers: Mapping[str, str]) -> int:
        """The status of a request; of a connection that is upgraded, before anything follows."""
        auth = None if who == "stranger" else (who, f"{who}-password")
        url = f"{self.gate.https}/{path}"
        with self.client.stream(method, url, auth=auth, headers=dict(headers)) as answer:
            return answer.status_code

    def allowed(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        """The roles that a request is let through for; the others are told why not."""
        statuses = {who: self.status(who, method, path, headers) for who in EVERYBODY}
        assert self.status("stranger", method, path, headers) == 401
        assert {one for one in statuses.values() if one in {401, 403}} <= {403}
        assert not {one for one in statuses.values() if one >= 500}
        return tuple(who for who, status in statuses.items() if status != 403)


def opened(folder: Path, backends: Mapping[str, str]) -> tuple[Gate, httpx.Client]:
    """A gate before backends, not yet started, and a client that trusts it."""
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    files = Files.made(secrets)
    shutil.copy(files.certificate, secrets / "gate-cert.pem")
    shutil.copy(files.key, secrets / "gate-key.pem")
    gate = Gate(folder / "gate", secrets, backends, [*USERS, NOBODY])
    return gate, httpx.Client(verify=files.trust, timeout=300)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A gate before a Prometheus and an Alertmanager that tells nobody."""
    program("nginx")
    folder = tmp_path_factory.mktemp("access")
    silent = folder / "alertmanager.yaml"
    silent.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    notifier = Alertmanager(folder / "alertmanager", program("prometheus-alertmanager"), silent)
    with Prometheus(folder / "prometheus", program("prometheus"), {}) as prometheus, notifier:
        here = {"prometheus": f"{HOST}:{prometheus.port}", "alertmanager": notifier.address}
        gate, client = opened(folder, here)
        with gate, client:
            yield Door(gate, client)


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", "prometheus/api/v1/query?query=up", READERS),
        ("GET", "prometheus/api/v1/rules", READERS),
        ("GET", "prometheus/-/ready", READERS),
        ("POST", "prometheus/-/quit", ()),
        ("POST", "prometheus/-/reload", ()),
        ("POST", "prometheus/api/v1/admin/tsdb/delete_series", ()),
        ("POST", "prometheus/api/v1/write", ()),
        ("GET", "prometheus/api/v1/status/config", ()),
        ("GET", "prometheus/debug/pprof/heap", ()),
        ("GET", "prometheus/api/v1/query/../status/config", ()),
        ("GET", "prometheus/api/v1/query/%2e%2e/status/config", ()),
        ("GET", "alertmanager/api/v2/alerts", READERS),
        ("POST", "alertmanager/api/v2/silences", ("editor", "admin")),
        ("POST", "alertmanager/api/v2/alerts", ()),
        ("POST", "alertmanager/-/reload", ()),
        ("GET", "elsewhere/api/v1/query", ()),
        ("GET", "", ()),
    ],
)
def test_who_may_ask_prometheus_and_alertmanager(
    door: Door, method: str, path: str, roles: tuple[str, ...]
) -> None:
    """Readers ask, editors silence; nobody stops, deletes, writes or reads a configuration."""
    assert door.allowed(method, path, {}) == roles


def test_wrong_passwords_and_missing_roles_are_kept_out(door: Door) -> None:
    """A name with another's password, and a user without a role, are asked again."""
    url = f"{door.gate.https}/prometheus/api/v1/query?query=up"

    for name, password in (("admin", "viewer-password"), (NOBODY.name, NOBODY.password)):
        answer = door.client.get(url, auth=(name, password))
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_grafanas_port_reads_and_no_more(door: Door) -> None:
    """The port without names has a viewer's rights."""
    prometheus = door.gate.of_grafana(9090)

    assert httpx.get(f"{prometheus}/api/v1/query?query=up").status_code == 200
    assert httpx.post(f"{prometheus}/-/quit").status_code == 403


def test_each_request_is_recorded_without_its_query(door: Door) -> None:
    """The gate says who asked for what path, how it ended, and no password."""
    door.status("viewer", "GET", "prometheus/api/v1/query?query=secret_search", {})

    def lines() -> list[dict[str, str]]:
        output = door.gate.output().splitlines()
        return [json.loads(line) for line in output if line.startswith('{"time"')]

    wanted = {"user": "viewer", "path": "/prometheus/api/v1/query", "status": 200}
    until(lambda: any(wanted.items() <= line.items() for line in lines()), f"{wanted}")
    output = door.gate.output()
    credentials = base64.b64encode(b"viewer:viewer-password").decode()
    assert not {text for text in ("secret_search", credentials, "-password") if text in output}


@pytest.fixture(scope="module")
def loki_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A gate before a Loki with tenants, each of which has a line."""
    program("nginx")
    folder = tmp_path_factory.mktemp("loki-access")
    with Loki(folder / "loki", tenants=True) as loki:
        for tenant, line in LINES.items():
            push(loki, tenant, line)
        gate, client = opened(folder, {"loki": f"{HOST}:{loki.port}"})
        with gate, client:
            yield Door(gate, client)


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


@pytest.mark.loki
def test_audit_events_are_for_auditors(loki_door: Door) -> None:
    """Each role reads its tenant's lines, whatever it asks for; an admin may choose."""
    ask = {"X-Scope-OrgID": "audit"}

    for who in ("viewer", "editor"):
        assert seen(loki_door, who) == seen(loki_door, who, **ask) == {LINES["main"]}
    assert seen(loki_door, "auditor") == {LINES["audit"]}
    assert seen(loki_door, "auditor", **{"X-Scope-OrgID": "main"}) == {LINES["audit"]}
    assert seen(loki_door, "admin") == {LINES["main"]}
    assert seen(loki_door, "admin", **ask) == {LINES["audit"]}


@pytest.mark.loki
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


@pytest.mark.loki
def test_loki_behind_the_gate_asks_for_a_tenant(loki_door: Door) -> None:
    """Past the gate, a request that names no tenant is refused by Loki itself."""
    address = loki_door.gate.backends["loki"]

    assert httpx.get(f"http://{address}/loki/api/v1/labels").status_code == 401
