"""The step from one machine to several: same labels, limits and times, and it runs."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from stack import configuration
from stack.part import Part
from stack.ports import HOST, answers, free_port
from tests.collector.waiting import until
from tests.compose.test_backends import ROOT, named

LOKI = ROOT / "loki" / "loki-distributed.yaml"
TEMPO = ROOT / "tempo" / "tempo-distributed.yaml"
LOKI_TARGETS = ("backend", "write", "read")
TEMPO_TARGETS = (
    "distributor",
    "live-store",
    "block-builder",
    "querier",
    "query-frontend",
    "backend-scheduler",
    "backend-worker",
)
TENANT = {"X-Scope-OrgID": "main"}


def read(path: Path) -> dict[str, Any]:
    """A configuration file."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def variables(path: Path) -> dict[str, str]:
    """A value for each variable that a file reads."""
    return {name: f"{name.lower()}.example.com:9095" for name in used(path)}


def used(path: Path) -> set[str]:
    """The variables that a file reads."""
    return set(re.findall(r"\$\{(\w+)\}", path.read_text()))


def test_loki_keeps_its_limits() -> None:
    """Labels, limits and retention are the same in both forms; the store and the ring are not."""
    one, many = read(ROOT / "loki" / "loki.yaml"), read(LOKI)

    assert many["limits_config"] == one["limits_config"]
    assert many["common"]["replication_factor"] == 3
    assert set(many["common"]["storage"]) == {"s3"}
    assert many["auth_enabled"] is True
    (before,), (after,) = one["schema_config"]["configs"], many["schema_config"]["configs"]
    assert {**before, "object_store": "s3"} == after
    changed = {"delete_request_store": "s3", "working_directory": "/loki/compactor"}
    assert {**one["compactor"], **changed} == many["compactor"]


def test_tempo_keeps_its_times() -> None:
    """Retention is the same in both forms; blocks are in object storage."""
    one, many = read(ROOT / "tempo" / "tempo.yaml"), read(TEMPO)

    assert many["backend_scheduler"] == one["backend_scheduler"]
    assert many["backend_worker"]["compaction"] == one["backend_worker"]["compaction"]
    assert many["storage"]["trace"]["backend"] == "s3"


def test_variables_are_documented() -> None:
    """Operations names each variable of the two files."""
    text = (ROOT / "docs" / "operations.md").read_text().replace("S3_*", "S3_")
    names = {re.sub(r"^S3_.*", "S3_", name) for name in used(LOKI) | used(TEMPO)}

    assert not [name for name in names if name not in text]


@pytest.mark.loki
def test_loki_accepts_the_file() -> None:
    """Loki accepts the distributed file."""
    checked(LOKI, named("LOKI_BIN"), "-verify-config")


@pytest.mark.loki
@pytest.mark.parametrize("target", TEMPO_TARGETS)
def test_tempo_accepts_the_file(target: str) -> None:
    """Tempo accepts the distributed file for each kind of process."""
    checked(TEMPO, named("TEMPO_BIN"), "-config.verify=true", f"-target={target}")


def checked(file: Path, *command: str) -> None:
    """Run a program's own check of a file with its variables filled in."""
    arguments = [*command, "-config.expand-env=true", f"-config.file={file}"]
    answer = subprocess.run(
        arguments, capture_output=True, text=True, timeout=120, env=variables(file), check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


class LokiTarget(Part):
    """One of Loki's processes on loopback, with a shared folder in the place of the bucket.

    Args:
        folder: its data and its output.
        target: what it does.
        ports: where each target gossips, and `grpc`, where the backend is asked.
        content: the configuration, without addresses.
    """

    def __init__(
        self, folder: Path, target: str, ports: Mapping[str, int], content: dict[str, Any]
    ) -> None:
        self.name = f"loki-{target}"
        super().__init__(folder / target)
        self._target = target
        self.port, grpc = free_port(), ports["grpc"] if target == "backend" else free_port()
        content = configuration.moved(content, "/loki", folder / target / "data")
        content["server"] |= {
            "http_listen_address": HOST,
            "http_listen_port": self.port,
            "grpc_listen_address": HOST,
            "grpc_listen_port": grpc,
        }
        content["memberlist"] = {
            "bind_addr": [HOST],
            "bind_port": ports[target],
            "advertise_addr": HOST,
            "advertise_port": ports[target],
            "join_members": [f"{HOST}:{ports[one]}" for one in LOKI_TARGETS],
        }
        self._file = self.folder / "loki.yaml"
        configuration.write(self._file, content)

    @property
    def http(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    def command(self) -> tuple[str, ...]:
        return (named("LOKI_BIN"), f"-target={self._target}", f"-config.file={self._file}")

    def ready(self) -> bool:
        return answers(f"{self.http}/ready")


@pytest.mark.loki
def test_writing_and_reading_apart_is_one_loki(tmp_path: Path) -> None:
    """What a writer takes a reader finds; without a tenant both refuse. Three processes run."""
    content = read(LOKI)
    bucket = {"chunks_directory": f"{tmp_path}/bucket", "rules_directory": f"{tmp_path}/rules"}
    content["common"] |= {
        "storage": {"filesystem": bucket},
        "replication_factor": 1,
        "instance_addr": HOST,
    }
    ports = {target: free_port() for target in (*LOKI_TARGETS, "grpc")}
    content["common"]["compactor_grpc_address"] = f"{HOST}:{ports['grpc']}"
    content["schema_config"]["configs"][0]["object_store"] = "filesystem"
    content["compactor"]["delete_request_store"] = "filesystem"

    with contextlib.ExitStack() as exits:
        processes = {one: LokiTarget(tmp_path, one, ports, content) for one in LOKI_TARGETS}
        for process in processes.values():
            process.launch()
            exits.callback(process.stop)
        for process in processes.values():
            process.wait_until_ready()
        push = f"{processes['write'].http}/loki/api/v1/push"
        values = [[str(time.time_ns()), "order placed"]]
        streams = {"streams": [{"stream": {"service_name": "shop"}, "values": values}]}
        until(lambda: httpx.post(push, json=streams, headers=TENANT).status_code == 204, "a write")

        def found() -> bool:
            answer = httpx.get(
                f"{processes['read'].http}/loki/api/v1/query_range",
                params={"query": '{service_name="shop"}'},
                headers=TENANT,
                timeout=30,
            )
            return answer.status_code == 200 and "order placed" in answer.text

        until(found, "the line at the reader")
        assert httpx.post(push, json=streams).status_code == 401
