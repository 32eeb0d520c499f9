"""What containers print is read in the compose stack: which ones, from where, and by whom."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from stack import collector as collector_part
from tests.compose.test_compose import COMPOSE, ROOT, SERVICES, environment, read
from tests.compose.test_production import Loader

READER = "collector-containers"
READ = {"gateway", "auth-service", "event-service", "rabbitmq", "postgres"}
NAME = "com.docker.compose.service"
FILES = "/var/lib/docker/containers"
CLOSED: dict[str, Any] = yaml.load((ROOT / "docker-compose.production.yml").read_text(), Loader)


def files(command: list[str]) -> list[str]:
    """The configuration files that a Collector is started with."""
    return [one.removeprefix("--config=/etc/otelcol/") for one in command]


@pytest.mark.parametrize("name", [*SERVICES, "gate"])
def test_reader_hears_services_broker_and_database_only(name: str) -> None:
    """They log to files of JSON with their name on each line; nothing else does, itself least."""
    log = {**CLOSED["services"], **SERVICES}[name]["logging"]

    assert log["driver"] == ("json-file" if name in READ else "local")
    assert log["options"].get("labels") == (NAME if name in READ else None)


def test_reader_is_given_the_files_that_its_overlay_reads() -> None:
    """Docker's folder, read-only, at the place of the pattern; a queue of its own."""
    overlay = read("collector/overlays/containers.yaml")
    (where,) = (one for one in SERVICES[READER]["volumes"] if FILES in one)
    (pattern,) = yaml.safe_load(environment(READER)["OTLOG_CONTAINER_LOGS"])

    assert where == f"${{DOCKER_CONTAINERS:-{FILES}}}:{FILES}:ro"
    assert fnmatch(f"{FILES}/0c5b9dd46b5f/0c5b9dd46b5f-json.log", pattern)
    receiver = overlay["receivers"]["filelog/containers"]
    assert pattern in receiver["include"]
    assert NAME in str(receiver["operators"])
    queues = {
        name: volume.split(":")[0]
        for name in (READER, "collector")
        for volume in SERVICES[name]["volumes"]
        if volume.endswith(":/var/lib/otelcol")
    }
    assert len(set(queues.values())) == 2


def test_reader_hands_on_to_the_collector_that_routes() -> None:
    """It is an agent before the other Collector, of the same image; nobody reaches its intake."""
    reader, collector = SERVICES[READER], SERVICES["collector"]
    overlays = ("agent", "containers")

    assert files(reader["command"]) == [
        str(one.relative_to(collector_part.CONFIGURATION))
        for one in collector_part.configuration_files(overlays)
    ]
    assert reader["image"] == collector["image"]
    address = environment("collector")["OTLOG_COLLECTOR_GRPC"].replace("0.0.0.0", "collector")
    assert yaml.safe_load(environment(READER)["OTLOG_COLLECTOR_GATEWAYS"]) == [address]
    assert not {"OTLOG_COLLECTOR_GRPC", "OTLOG_COLLECTOR_HTTP"} & set(environment(READER))
    assert "ports" not in reader
    assert COMPOSE["services"][READER]["user"] == "0:0"
    assert reader["read_only"] is True
    assert reader["cap_add"] == ["DAC_READ_SEARCH"]


def test_reader_shows_the_token_where_the_intake_is_closed() -> None:
    """In the closed stack it speaks TLS, trusts the certificate, has the services' token."""
    closed = CLOSED["services"][READER]

    assert files(closed["command"]) == [
        *files(SERVICES[READER]["command"]),
        "overlays/production-agent.yaml",
    ]
    overlay = (ROOT / "collector/overlays/production-agent.yaml").read_text()
    for secret in closed["secrets"]:
        assert f"/run/secrets/{secret}" in overlay
    secrets = CLOSED["secrets"]
    services = (secrets[name]["file"] for name in ("collector-ca.pem", "sender-token"))
    assert [secrets[name]["file"] for name in closed["secrets"]] == [*services]


def test_reader_is_watched() -> None:
    """Prometheus asks it how it is, as it asks the other Collector: the same alerts are of both."""
    jobs = {one["job_name"]: one for one in read("prometheus/prometheus.yaml")["scrape_configs"]}
    (targets,) = (one["targets"] for one in jobs["collector"]["static_configs"])

    assert targets == ["collector:8888", f"{READER}:8888"]
    assert environment(READER)["OTLOG_COLLECTOR_SELF_METRICS_HOST"] == "0.0.0.0"
