"""The compose file: valid, pinned, wired to what its parts listen on, closed to the outside."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_logging.settings import Settings as Telemetry
from services.auth_service.settings import Settings as AuthService
from services.event_service.settings import Settings as EventService
from services.gateway.settings import Settings as Gateway
from stack import collector as collector_part

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BUILT = "otel-logging-services"
WITHOUT_HEALTH = {"collector", "collector-queue", "collector-containers"}
READER = "collector-containers"

_WITH_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def environment(service: str) -> Mapping[str, str]:
    """A service's variables, as a fresh clone without an `.env` sets them."""
    variables: Mapping[str, str] = SERVICES[service]["environment"]
    return {name: _WITH_DEFAULT.sub(r"\1", value) for name, value in variables.items()}


def read(name: str) -> Any:
    """A configuration file of the stack."""
    return yaml.safe_load((ROOT / name).read_text())


def dependencies(service: str) -> Mapping[str, Mapping[str, str]]:
    """What a service waits for, and for which condition."""
    found: Mapping[str, Mapping[str, str]] = SERVICES[service].get("depends_on", {})
    return found


def test_file_follows_the_compose_specification() -> None:
    """The file is valid by the schema of the Compose specification."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    command = [str(checker), "--builtin-schema", "vendor.compose-spec", str(FILE)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_image_is_pinned(name: str) -> None:
    """Each image is one exact version, or built here."""
    image = SERVICES[name]["image"]

    assert image == BUILT or re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?", image)


def test_collector_is_the_version_that_is_tested() -> None:
    """The image, the build list and the local binary are one version of the Collector."""
    builder = read("collector/builder.yaml")
    modules = [one["gomod"] for part in ("receivers", "exporters") for one in builder[part]]
    version = builder["dist"]["version"]

    assert SERVICES["collector"]["image"].endswith(f"collector-contrib:{version}")
    assert version == collector_part.VERSION
    assert {module.split()[-1] for module in modules} == {f"v{version}"}


@pytest.mark.parametrize("name", SERVICES)
def test_mounted_files_exist(name: str) -> None:
    """Whatever is mounted from the repository is in it, and read-only as all of the machine's."""
    for volume in SERVICES[name].get("volumes", []):
        source, target, *mode = _WITH_DEFAULT.sub(r"\1", volume).split(":")
        if source.startswith((".", "/")):
            assert source.startswith("/") or (ROOT / source).exists()
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]
            assert target.startswith("/")


def test_every_volume_is_used() -> None:
    """No volume is declared in vain."""
    used = {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])}

    assert set(COMPOSE["volumes"]) == {name for name in used if name[0] not in ".$"}


def test_only_gateway_and_grafana_are_published() -> None:
    """Two ports are published, on loopback; of the others only what tells of alerts gets out."""
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    outside = {name for name, one in SERVICES.items() if "outside" in one["networks"]}

    assert published == {
        "gateway": ["127.0.0.1:8000:8000"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert outside == {*published, "alertmanager"}
    assert COMPOSE["networks"]["stack"] == {"internal": True}


@pytest.mark.parametrize("name", SERVICES)
def test_part_has_no_privileges_to_lose(name: str) -> None:
    """Each part drops all capabilities; it takes back what changes owners, or what reads logs."""
    owners = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    reads = {"DAC_READ_SEARCH"}

    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert set(SERVICES[name].get("cap_add", [])) <= (reads if name == READER else owners)
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - WITHOUT_HEALTH))
def test_health_check_needs_no_shell(name: str) -> None:
    """Each part has a health check that is a program with arguments: many images have no shell."""
    kind, *command = SERVICES[name]["healthcheck"]["test"]

    assert kind == "CMD"
    assert command


@pytest.mark.parametrize("name", SERVICES)
def test_start_order_can_be_met(name: str) -> None:
    """What is waited for exists, can become healthy, and does not wait in a circle."""
    for other, wait in dependencies(name).items():
        assert other in SERVICES
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]

    reached, open_ends = set(), set(dependencies(name))
    while open_ends:
        reached |= open_ends
        open_ends = {far for near in open_ends for far in dependencies(near)} - reached
    assert name not in reached


def test_queue_belongs_to_the_collectors_user() -> None:
    """The queue's volume is handed to the Collector's user before it starts."""
    maker, collector = SERVICES["collector-queue"], SERVICES["collector"]
    entry = maker["entrypoint"]
    owner = [entry[entry.index(option) + 1] for option in ("--owner", "--group")]
    mounted = [volume for volume in collector["volumes"] if volume in maker["volumes"]]

    assert ":".join(owner) == collector["user"]
    assert len(mounted) == 1
    assert entry[-1] == mounted[0].partition(":")[2]
    assert environment("collector")["OTLOG_COLLECTOR_QUEUE"].startswith(f"{entry[-1]}/")
    waits = dependencies("collector")["collector-queue"]["condition"]
    assert waits == "service_completed_successfully"


@pytest.mark.parametrize(
    ("name", "settings"),
    [("gateway", Gateway), ("auth-service", AuthService), ("event-service", EventService)],
)
def test_service_accepts_its_variables(name: str, settings: Any) -> None:
    """Each service starts from its variables, and calls parts that are in the stack."""
    variables = environment(name)
    hosts = set(re.findall(r"(?:://|@)(?:[^/@\s]*@)?([\w-]+):\d+", " ".join(variables.values())))

    settings.from_environ(variables)
    Telemetry.from_environ(variables)

    assert variables["OTEL_SERVICE_NAME"] == name
    assert SERVICES[name]["command"] == [f"services.{name.replace('-', '_')}.app:create_app"]
    assert hosts
    assert hosts <= set(SERVICES)


def test_backends_listen_where_they_are_asked() -> None:
    """Collector, Prometheus and Grafana name the ports that the backends' own files open."""
    loki, tempo = read("loki/loki.yaml"), read("tempo/tempo.yaml")
    collector = environment("collector")
    intake = tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    sources = read("grafana/provisioning/datasources/datasources.yaml")["datasources"]
    jobs = read("prometheus/prometheus.yaml")["scrape_configs"]
    scraped = {target for job in jobs for one in job["static_configs"] for target in one["targets"]}
    http = {
        "loki": f"loki:{loki['server']['http_listen_port']}",
        "tempo": f"tempo:{tempo['server']['http_listen_port']}",
    }

    assert collector["OTLOG_LOKI_ENDPOINT"] == f"http://{http['loki']}/otlp"
    assert collector["OTLOG_TEMPO_ENDPOINT"] == f"tempo:{intake.rpartition(':')[2]}"
    assert {source["url"] for source in sources} == {
        *(f"http://{address}" for address in http.values()),
        "http://prometheus:9090",
        "http://alertmanager:9093",
    }
    assert {
        *http.values(),
        f"collector:{collector['OTLOG_COLLECTOR_PROMETHEUS'].rpartition(':')[2]}",
        "collector:8888",
    } <= scraped


def test_image_holds_the_services_and_no_privileges() -> None:
    """The Dockerfile pins its base (not Alpine) and runs as the volumes' user."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = {line.split()[1] for line in lines if line.startswith("FROM ")}
    tool = re.search(r"UV_VERSION=(\S+)", (ROOT / "scripts" / "setup").read_text())

    assert tool
    assert any(f"uv=={tool[1]}" in line for line in lines)
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]


def test_copied_files_reach_the_build() -> None:
    """What the Dockerfile copies from the repository exists and is not ignored."""
    copies = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    copied = {name for line in copies for name in line.split()}
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)

    assert copied == set(let_in)
    assert [name for name in copied if not (ROOT / name).exists()] == []
