"""A folder made from the template joins: logs, traces, metrics, alerts, dashboards (R1.8)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerting import generated
from alerting.catalogue import ROOT, SERVICES, load
from stack.alerted import Alerted
from stack.service import Service
from stack.slack import Slack
from stack.store import Store
from templates.__main__ import NameTakenError, main, make
from tests.alerting.mail import server
from tests.collector.waiting import until
from tests.compose.test_backends import program

NAME = "price-service"
VALUES = {
    "name": NAME,
    "module": "price_service",
    "description": "Tells what things cost",
    "team": "storefront",
}


class Newcomer(Service):
    """The new service, from a folder outside the repository."""

    def __init__(self, home: Path, folder: Path, variables: dict[str, str]) -> None:
        super().__init__(NAME, folder, variables)
        self._home = home

    def command(self) -> Sequence[str]:
        return [str(self._home) if word == str(ROOT) else word for word in super().command()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the services with one more, made by the template alone."""
    shutil.copytree(SERVICES, tmp_path / "services", ignore=shutil.ignore_patterns("__pycache__"))
    make(VALUES, tmp_path / "services")
    return tmp_path


def test_only_what_follows_from_its_entry_changes(home: Path, tmp_path: Path) -> None:
    """One folder gives one more file of rules, its routes, and the same for everybody else."""
    sources = generated.Sources.read(home / "services")
    wanted = generated.files(sources, tmp_path / "alerting", tmp_path / "overlays")
    rules = {path.name: text for path, text in wanted.items() if path.parent.name == "rules"}
    committed = {path.name: path.read_text() for path in (ROOT / "alerting/rules").iterdir()}

    assert rules.keys() - committed.keys() == {f"{NAME}.rules.yaml"}
    assert {name: text for name, text in rules.items() if name in committed} == committed
    assert f"receiver: {NAME}" in wanted[tmp_path / "alerting" / "alertmanager.yaml"]


@pytest.mark.collector
def test_new_service_is_seen_everywhere(home: Path, tmp_path: Path) -> None:
    """Started as any other, it is found in logs, traces, metrics and alerts."""
    program("prometheus"), program("prometheus-alertmanager")
    store = Store(tmp_path / "store")
    with Slack() as slack, server() as (_, smtp), store:
        variables = {"OTLOG_STORE_ENDPOINT": store.http}
        entries = load(home / "services")
        alerted = Alerted(
            tmp_path / "alerted", slack.url, smtp, entries, variables=variables, backend="store"
        )
        service = Newcomer(home, tmp_path / NAME, dict(alerted.telemetry()))
        with alerted.running(), service:
            answer = httpx.get(f"{service.http}/things/lamp", timeout=60)
            assert answer.status_code == 200
            asked = httpx.Client(base_url=store.http, timeout=60)

            def logs() -> list[dict[str, Any]]:
                parameters = {"service": NAME, "text": "thing found"}
                found: list[dict[str, Any]] = asked.get("/api/logs", params=parameters).json()[
                    "records"
                ]
                return found

            until(lambda: logs() != [], "its record in the store")
            trace_id = answer.headers["X-Trace-Id"]
            until(lambda: asked.get(f"/api/traces/{trace_id}").status_code == 200, "its trace")
            measured = f'http_server_request_duration_seconds_count{{job=~"(.+/)?{NAME}"}}'
            until(lambda: alerted.prometheus.query(measured) != [], "its metrics")
            (record,) = logs()
            assert record["trace_id"] == trace_id
            assert record["attributes"]["http.route"] == "/things/{name}"
            # It is gone, and that is told to its team by what was generated alone.
            service.kill()
            until(lambda: slack.titled(f"HeartbeatMissing · {NAME}") != [], "the alert")
            (message, *_) = slack.titled(f"HeartbeatMissing · {NAME}")
            assert message.channel == "#storefront-normal"


def test_dashboards_ask_the_data_for_the_services() -> None:
    """The variable of each dashboard with services is a query: nothing is edited for a new one."""
    boards = (ROOT / "grafana" / "provisioning" / "dashboards").rglob("*.json")
    variables = [
        variable
        for board in boards
        for variable in json.loads(board.read_text()).get("templating", {}).get("list", [])
        if variable["name"] == "service"
    ]

    assert variables
    assert {variable["type"] for variable in variables} == {"query"}


def test_names_that_cannot_be_used_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is taken, or is none."""
    with pytest.raises(NameTakenError, match="choose another name"):
        make(VALUES, home / "services")
    with pytest.raises(SystemExit):
        main(["Price Service"])

    assert "lower-case words with hyphens" in capsys.readouterr().err
