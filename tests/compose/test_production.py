"""The closed form of the compose stack: what it publishes, who asks, and where secrets are."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_logging.settings import Settings as Telemetry
from stack import collector as collector_part

ROOT = Path(__file__).resolve().parents[2]
BASE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
FILE = ROOT / "docker-compose.production.yml"
SERVICES = ("gateway", "auth-service", "event-service")
BACKENDS = ("loki", "tempo", "prometheus", "alertmanager")


class Loader(yaml.SafeLoader):
    """YAML with Compose's own tags for what replaces instead of merging."""


class Replaced(list[Any]):
    """A list that replaces the one of the file before."""


Loader.add_constructor("!reset", lambda _loader, _node: None)
Loader.add_constructor(
    "!override",
    lambda loader, node: Replaced(loader.construct_sequence(node)),
)


@pytest.fixture(scope="module")
def closed() -> dict[str, Any]:
    """The production file."""
    loaded: dict[str, Any] = yaml.load(FILE.read_text(), Loader)
    return loaded


def merged(closed: dict[str, Any], name: str, key: str) -> list[Any]:
    """A list of a service after both files, as Compose merges it."""
    base = list(BASE["services"].get(name, {}).get(key, []))
    over = closed["services"].get(name, {}).get(key, [])
    return list(over) if isinstance(over, Replaced) else [*base, *over]


def test_no_backend_is_published(closed: dict[str, Any]) -> None:
    """Strangers reach the gateway (on loopback), Grafana and the gate, and no backend."""
    names = {*BASE["services"], *closed["services"]}
    published = {name: ports for name in names if (ports := merged(closed, name, "ports"))}

    assert published == {
        "gateway": ["127.0.0.1:8000:8000"],
        "grafana": ["3000:3000"],
        "gate": ["8443:8443"],
    }
    assert not set(BACKENDS) & set(published)


def test_grafana_reaches_backends_through_the_gate_only(closed: dict[str, Any]) -> None:
    """On Grafana's network the names of the backends are the gate's."""
    networks = merged(closed, "grafana", "networks")
    inside = set(networks) - {"outside"}

    assert inside == {"viewing"}
    assert closed["networks"]["viewing"] == {"internal": True}
    assert closed["services"]["gate"]["networks"]["viewing"]["aliases"] == list(BACKENDS)
    allowed = {"grafana", "gate", "grafana-organisations"}
    others = {*BASE["services"], *closed["services"]} - allowed
    assert not [name for name in others if "viewing" in merged(closed, name, "networks")]


def test_gate_listens_where_data_sources_ask(closed: dict[str, Any]) -> None:
    """The gate has each port that a provisioned data source names."""
    sources = (ROOT / "grafana/provisioning/datasources/datasources.yaml").read_text()
    asked = set(re.findall(r"url: \"?http://([\w-]+):(\d+)", sources))
    text = (ROOT / "gate" / "nginx.conf").read_text()

    assert {host for host, _ in asked} <= set(BACKENDS)
    assert {port for _, port in asked} <= set(re.findall(r"listen (\d+);", text))
    for host, port in asked:
        assert f"server {host}:{port};" in text


def test_grafana_knows_everybody(closed: dict[str, Any]) -> None:
    """No anonymous access, no password in a variable, TLS, cookies for TLS only."""
    environment = closed["services"]["grafana"]["environment"]

    assert environment["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment["GF_SECURITY_ADMIN_PASSWORD"] is None
    assert environment["GF_SERVER_PROTOCOL"] == "https"
    assert environment["GF_SECURITY_COOKIE_SECURE"] == "true"
    passwords = {name for name in environment if "PASSWORD" in name or "SECRET" in name}
    assert {name for name in passwords if environment[name]} == {
        name for name in passwords if name.endswith("__FILE")
    }


def test_audit_events_are_in_an_organisation_of_their_own(closed: dict[str, Any]) -> None:
    """What Grafana is provisioned with has neither the audit source nor its dashboards."""
    mounted = [volume.split(":")[0] for volume in closed["services"]["grafana"]["volumes"]]
    inside = [path for path in mounted if path.startswith(".")]

    assert isinstance(closed["services"]["grafana"]["volumes"], Replaced)
    assert all((ROOT / path).exists() for path in inside)
    assert not [path for path in inside if "audit" in path or path.endswith("provisioning")]
    providers = yaml.safe_load((ROOT / "grafana/production/dashboards.yaml").read_text())
    base = yaml.safe_load((ROOT / "grafana/provisioning/dashboards/dashboards.yaml").read_text())
    assert providers["providers"] == [
        one for one in base["providers"] if one["name"] == "operations"
    ]


def test_intake_and_tenants_are_closed(closed: dict[str, Any]) -> None:
    """The Collector runs with overlay production; Loki with tenants."""
    command = closed["services"]["collector"]["command"]
    names = [Path(argument.removeprefix("--config=")) for argument in command]
    files = [collector_part.CONFIGURATION / name.relative_to("/etc/otelcol") for name in names]

    base = [f"--config=/etc/otelcol/{name}" for name in ("base.yaml", "redaction.yaml")]
    assert command == [*BASE["services"]["collector"]["command"], command[-1]]
    assert command[:2] == base
    assert files[-1] == collector_part.configuration_files(("production",))[-1]
    assert "-auth.enabled=true" in closed["services"]["loki"]["command"]


@pytest.mark.parametrize("name", SERVICES)
def test_service_sends_by_tls_with_the_token(closed: dict[str, Any], name: str) -> None:
    """Each service trusts the Collector's certificate and shows the token of its file."""
    service = closed["services"][name]
    variables = {**BASE["services"][name]["environment"], **service["environment"]}
    shell, option, script = service["entrypoint"]

    Telemetry.from_environ({key: str(value) for key, value in variables.items()})
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"].startswith("https://collector:")
    assert variables["OTEL_EXPORTER_OTLP_CERTIFICATE"] == "/run/secrets/collector-ca.pem"
    assert (shell, option) == ("sh", "-c")
    assert "Bearer%20$$(cat /run/secrets/sender-token)" in script
    assert set(service["secrets"]) == {"sender-token", "collector-ca.pem"}


def test_secrets_are_files_that_the_script_makes(closed: dict[str, Any], tmp_path: Path) -> None:
    """Every secret is a file of a folder that is for its owner alone, and none is in the tree."""
    folder = tmp_path / "secrets"
    script = str(ROOT / "scripts" / "production-secrets")
    subprocess.run([script, str(folder)], check=True)
    told = subprocess.run(
        [script, str(folder), "vera", "viewer"], capture_output=True, text=True, check=True
    ).stdout
    password = told.split()[-1]

    named = {Path(one["file"]).name for one in closed["secrets"].values()}
    assert named == {path.name for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(path.read_bytes() for path in folder.iterdir())
    assert password not in (folder / "gate-users").read_text()
    roles = (folder / "gate-roles").read_text().splitlines()
    assert roles == ["grafana-audit auditor;", "vera viewer;"]
    used = {secret for one in closed["services"].values() for secret in one.get("secrets", [])}
    assert used == set(closed["secrets"])
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    """A second run changes nothing, and a role that does not exist is refused."""
    script = str(ROOT / "scripts" / "production-secrets")
    subprocess.run([script, str(tmp_path)], check=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    subprocess.run([script, str(tmp_path)], check=True)
    refused = subprocess.run(
        [script, str(tmp_path), "vera", "owner"], capture_output=True, text=True, check=False
    )

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert refused.returncode == 2
    assert "the role is viewer, editor, auditor or admin" in refused.stderr


def test_one_token_is_shown_of_those_that_are_let_in(
    closed: dict[str, Any], tmp_path: Path
) -> None:
    """Where the Collector lets in two already, the services' file has the first and no more."""
    (tmp_path / "collector-token").write_text("first-token\nsecond-token")
    subprocess.run([str(ROOT / "scripts" / "production-secrets"), str(tmp_path)], check=True)
    let_in, shown = (closed["secrets"][name] for name in ("collector-token", "sender-token"))

    assert (tmp_path / Path(shown["file"]).name).read_text() == "first-token"
    who = [name for name, one in closed["services"].items() if let_in in _read_by(closed, one)]
    assert who == ["collector"]


def _read_by(closed: dict[str, Any], service: dict[str, Any]) -> list[dict[str, str]]:
    return [closed["secrets"][name] for name in service.get("secrets", [])]


@pytest.mark.parametrize("name", ["gate", "grafana-organisations"])
def test_added_part_has_no_privileges_to_lose(closed: dict[str, Any], name: str) -> None:
    """What the file adds is pinned and drops all capabilities, as in the base."""
    part = closed["services"][name]

    built = part["image"] == "otel-logging-services"
    assert built or re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", part["image"])
    assert part["cap_drop"] == ["ALL"]
    assert part["read_only"] is True
    assert "no-new-privileges:true" in part["security_opt"]
