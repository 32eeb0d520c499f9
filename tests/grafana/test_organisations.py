"""The audit organisation, against a stand-in for Grafana's HTTP API that keeps what it is told."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from grafana import organisations
from grafana.organisations import MAIN, Grafana

PROVISIONING = Path(organisations.__file__).parent / "provisioning"
AUDIT = 2


class Kept:
    """What the stand-in was told: organisations, members, and things by organisation."""

    def __init__(self) -> None:
        self.organisations = {"Main Org.": MAIN}
        self.members = {MAIN: {"vera", "aud"}}
        self.sources: dict[tuple[int, str], dict[str, Any]] = {}
        self.dashboards: set[tuple[int, str]] = set()

    def answer(self, method: str, path: str, body: Any, org: int) -> Any:
        """The answer to a request, or None for 404."""
        match method, *path.split("/"):
            case "GET", "orgs", "name", name:
                return {"id": self.organisations[name]} if name in self.organisations else None
            case "POST", "orgs":
                self.organisations[body["name"]] = AUDIT
                self.members[AUDIT] = set()
                return {"orgId": AUDIT}
            case "GET", "datasources", "uid", uid:
                return self.sources.get((org, uid))
            case ("POST", "datasources") | ("PUT", "datasources", "uid", _):
                self.sources[org, body["uid"]] = body
            case "POST", "dashboards", "db":
                self.dashboards.add((org, body["dashboard"]["uid"]))
            case "POST", "orgs", number, "users":
                self.members[int(number)].add(body["loginOrEmail"])
            case "GET", "users", asked:
                return {"id": re.sub(r".*=", "", asked)}
            case "DELETE", "orgs", number, "users", user:
                self.members[int(number)].discard(user)
        return {}


@pytest.fixture
def kept() -> Kept:
    """What the stand-in keeps."""
    return Kept()


@pytest.fixture
def grafana(kept: Kept) -> Iterator[Grafana]:
    """The stand-in, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            org = int(self.headers["X-Grafana-Org-Id"])
            path = self.path.removeprefix("/api/")
            told = kept.answer(self.command, path, json.loads(body) if body else None, org)
            content = json.dumps(told).encode()
            self.send_response(404 if told is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Grafana(f"http://127.0.0.1:{server.server_port}", "a password")
    server.shutdown()
    server.server_close()


def test_auditors_have_an_organisation_of_their_own(
    grafana: Grafana, kept: Kept, tmp_path: Path
) -> None:
    """Source, dashboards and auditors are in it and not in the main one; twice is once."""
    (tmp_path / "password").write_text("gate-password\n")
    (tmp_path / "ca.pem").write_text("PEM")
    environ = {
        "GATE_URL": "https://gate:8443",
        "GATE_USER": "grafana-audit",
        "GATE_PASSWORD_FILE": str(tmp_path / "password"),
        "GRAFANA_CA": str(tmp_path / "ca.pem"),
    }
    wanted = organisations.source(PROVISIONING, environ)

    for _ in range(2):
        organisations.set_up(grafana, PROVISIONING, wanted, ["aud"])

    assert kept.organisations == {"Main Org.": MAIN, "Audit": AUDIT}
    assert kept.members == {MAIN: {"vera"}, AUDIT: {"aud"}}
    ((where, uid),) = kept.sources
    assert (where, uid) == (AUDIT, "loki-audit")
    assert kept.sources[where, uid]["url"] == "https://gate:8443/loki"
    assert kept.sources[where, uid]["secureJsonData"]["basicAuthPassword"] == "gate-password"
    files = (PROVISIONING / "dashboards" / "audit").glob("*.json")
    uids = {json.loads(file.read_text())["uid"] for file in files}
    assert kept.dashboards == {(AUDIT, uid) for uid in uids}
