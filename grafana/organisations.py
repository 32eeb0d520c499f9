"""An organisation of their own in Grafana for those who may read audit events.

Grafana provisions data sources into organisations that exist, but makes none from a file. This
makes it over the HTTP API, with the audit data source and dashboards in it, and moves auditors
there; a second run changes nothing. It runs beside Grafana, with the standard library and PyYAML:

    python organisations.py LOGIN...     the logins of auditors, who must exist

Variables: GRAFANA_URL, GRAFANA_CA (PEM), GRAFANA_PASSWORD_FILE, GRAFANA_PROVISIONING (folder),
GATE_URL, GATE_USER and GATE_PASSWORD_FILE (an auditor at the gate).
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ORGANISATION = "Audit"
MAIN = 1
NOT_FOUND = 404
CONFLICT = 409


@dataclass(frozen=True)
class Grafana:
    """Grafana's HTTP API, asked as its administrator."""

    url: str
    password: str
    ca: Path | None = None

    def ask(self, method: str, path: str, body: Any = None, organisation: int = MAIN) -> Any:
        """Return the answer to a request, or None where what it names is not there.

        Raises:
            SystemExit: Grafana refused; the message says what and why.
        """
        credentials = base64.b64encode(f"admin:{self.password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            f"{self.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {credentials}",
                "Content-Type": "application/json",
                "X-Grafana-Org-Id": str(organisation),
            },
        )
        trust = ssl.create_default_context(cafile=self.ca) if self.ca else None
        try:
            with urllib.request.urlopen(request, timeout=30, context=trust) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                return None
            if error.code == CONFLICT:
                return {}
            told = error.read().decode(errors="replace")
            raise SystemExit(f"organisations: {method} {path}: {error.code} {told}") from None


def organisation(grafana: Grafana) -> int:
    """Return the ID of the audit organisation; make it where it is missing."""
    found = grafana.ask("GET", f"orgs/name/{ORGANISATION}")
    if found is None:
        return int(grafana.ask("POST", "orgs", {"name": ORGANISATION})["orgId"])
    return int(found["id"])


def source(provisioning: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the provisioned audit source, asked through the gate as an auditor.

    Without its links: traces are in the other organisation.
    """
    text = (provisioning / "datasources" / "audit.yaml").read_text().replace("$$", "$")
    (entry,) = yaml.safe_load(text)["datasources"]
    return {
        "name": entry["name"],
        "uid": entry["uid"],
        "type": entry["type"],
        "access": "proxy",
        "url": f"{environ['GATE_URL']}/loki",
        "basicAuth": True,
        "basicAuthUser": environ["GATE_USER"],
        "isDefault": True,
        "jsonData": {"maxLines": entry["jsonData"]["maxLines"], "tlsAuthWithCACert": True},
        "secureJsonData": {
            "basicAuthPassword": Path(environ["GATE_PASSWORD_FILE"]).read_text().strip(),
            "tlsCACert": Path(environ["GRAFANA_CA"]).read_text(),
        },
    }


def set_up(
    grafana: Grafana, provisioning: Path, wanted: Mapping[str, Any], auditors: Sequence[str]
) -> None:
    """Make the organisation, its source and dashboards, and move auditors into it."""
    audit = organisation(grafana)
    known = grafana.ask("GET", f"datasources/uid/{wanted['uid']}", organisation=audit)
    method, path = ("POST", "datasources")
    if known is not None:
        method, path = "PUT", f"datasources/uid/{wanted['uid']}"
    grafana.ask(method, path, wanted, organisation=audit)
    for file in sorted((provisioning / "dashboards" / "audit").glob("*.json")):
        dashboard = {**json.loads(file.read_text()), "id": None}
        body = {"dashboard": dashboard, "overwrite": True}
        grafana.ask("POST", "dashboards/db", body, organisation=audit)
    for login in auditors:
        grafana.ask("POST", f"orgs/{audit}/users", {"loginOrEmail": login, "role": "Viewer"})
        user = grafana.ask("GET", f"users/lookup?loginOrEmail={login}")
        if user is None:
            raise SystemExit(f"organisations: {login}: no such user; add it in Grafana first")
        grafana.ask("DELETE", f"orgs/{MAIN}/users/{user['id']}")


def main(auditors: Sequence[str], environ: Mapping[str, str]) -> None:
    """Set Grafana up by the environment's variables."""
    provisioning, authority = Path(environ["GRAFANA_PROVISIONING"]), Path(environ["GRAFANA_CA"])
    password = Path(environ["GRAFANA_PASSWORD_FILE"]).read_text().strip()
    grafana = Grafana(environ["GRAFANA_URL"].rstrip("/"), password, authority)
    set_up(grafana, provisioning, source(provisioning, environ), auditors)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
