"""Who may ask Prometheus and Alertmanager what at the gate, by role and request."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from stack.alertmanager import Alertmanager
from stack.ports import HOST
from stack.prometheus import Prometheus
from tests.collector.waiting import until
from tests.compose.access import NOBODY, READERS, Door, opened
from tests.compose.test_backends import program


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
        with opened(folder, here) as opened_door:
            yield opened_door


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
