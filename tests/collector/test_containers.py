"""What containers print arrives with the fields that it has by OTLP, once, and redacted."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest

from tests.collector import canary, far_ends
from tests.collector.records import Received, records
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

PROGRAM = """
import logging
from opentelemetry import trace
log = logging.getLogger("shop.orders")
with trace.get_tracer("shop").start_as_current_span("order"):
    log.warning("paid", extra={"order.id": 7, "password": "sunflower-7f3a-copper"})
log.warning({"step": "done", "items": ["a", "b"]})
"""
CRASH = """
def start():
    raise RuntimeError("no database at postgresql://shop:sunflower-7f3a-copper@db/shop")
start()
"""
RABBITMQ = "2026-11-24 10:00:01.000000+00:00 [warning] <0.1.0> disk is nearly full"
POSTGRES = (
    '2026-11-24 10:00:02.000 UTC [7] FATAL:  password authentication failed for user "auth"',
    '\tConnection matched file "pg_hba.conf"',
)
LONG = "x" * 20_000


def printed(code: str, **variables: str) -> list[str]:
    """The JSON lines that a program prints on standard error under the launcher."""
    launcher = Path(sys.executable).with_name("opentelemetry-instrument")
    ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
    done = subprocess.run(
        [str(launcher), sys.executable, "-c", code],
        env={**os.environ, **ours, "OTLOG_CONSOLE": "json", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return [line for line in done.stderr.splitlines() if line.startswith("{")]


def docker(folder: Path, service: str, lines: Sequence[str]) -> None:
    """Write lines as Docker's json-file driver does: at most 16 KiB in an entry."""
    entry = {
        "stream": "stderr",
        "attrs": {"com.docker.compose.service": service},
        "time": "2026-11-24T10:00:00.123456789Z",
    }
    pieces = (piece for line in lines for piece in cut(f"{line}\n"))
    container = hashlib.sha256(service.encode()).hexdigest()
    file = folder / "containers" / container / f"{container}-json.log"
    append(file, (json.dumps({"log": piece, **entry}) for piece in pieces))


def cri(folder: Path, service: str, lines: Sequence[str]) -> None:
    """Write lines as containerd does for Kubernetes: parts of a line are marked P, its end F."""
    entries = []
    for line in lines:
        *parts, last = cut(line)
        marked = [*(("P", part) for part in parts), ("F", last)]
        entries += [f"2026-11-24T10:00:00.123456789Z stderr {mark} {part}" for mark, part in marked]
    pod = folder / "pods" / f"shop_{service}-0_0c5b9dd4-6b5f-4a53-8b8a-5a5f3f2f9d11"
    append(pod / service / "0.log", entries)


def cut(line: str) -> list[str]:
    """A line in pieces of 16 KiB."""
    return [line[at : at + 16_384] for at in range(0, len(line), 16_384)] or [""]


def append(file: Path, entries: Iterable[str]) -> None:
    """Write entries to the end of a file, one a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as log:
        log.writelines(f"{entry}\n" for entry in entries)


FORMATS = {"docker": docker, "cri": cri}


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Received]]:
    """What the backend has, once the last record of each service is there, in both formats."""
    folder = tmp_path_factory.mktemp("containers")
    with far_ends.opened(folder, ("store", "containers")) as ends:
        by_otlp = {
            "OTEL_SERVICE_NAME": "both",
            "OTEL_EXPORTER_OTLP_ENDPOINT": ends.collector.http,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }
        alone = {
            "OTEL_SERVICE_NAME": "console",
            **dict.fromkeys(("OTEL_LOGS_EXPORTER", "OTEL_METRICS_EXPORTER"), "none"),
            "OTEL_TRACES_EXPORTER": "none",
        }
        crash = subprocess.run(
            [sys.executable, "-c", CRASH], capture_output=True, text=True, check=False
        )
        lines = {
            "both": printed(PROGRAM, **by_otlp),
            "console": printed(PROGRAM, **alone),
            "crashed": ["starting", *crash.stderr.splitlines(), "bye"],
            "rabbitmq": [RABBITMQ],
            "postgres": POSTGRES,
            "long": [LONG, '{"timestamp": broken', "INFO:     Started"],
        }
        for write, (service, text) in product(FORMATS.values(), lines.items()):
            write(folder, service, text)

        def seen() -> list[Received]:
            return list(records(ends.store.bodies.get("/v1/logs", [])))

        by_file = {"console": 2, "crashed": 3, "rabbitmq": 1, "postgres": 1, "long": 3}
        wanted = {(how, name): count for how in FORMATS for name, count in by_file.items()}
        wanted["otlp", "both"] = 2

        def counts() -> dict[tuple[str, str], int]:
            return Counter((origin(one), one.resource["service.name"]) for one in seen())

        until(lambda: counts().items() >= wanted.items(), f"{wanted}")
        ends.collector.stop()
        yield seen()


def origin(one: Received) -> str:
    """How a record came: by `otlp`, or the format of the file that it was read from."""
    file = one.attributes.get("log.file.path")
    if file is None:
        return "otlp"
    return "cri" if "/pods/" in file else "docker"


@pytest.fixture(params=FORMATS)
def found(
    arrived: list[Received], request: pytest.FixtureRequest
) -> Mapping[str, Sequence[Received]]:
    """The records of each service that came by OTLP or from files of one format."""
    groups: dict[str, list[Received]] = {}
    for one in arrived:
        if origin(one) in {"otlp", request.param}:
            groups.setdefault(one.resource["service.name"], []).append(one)
    return groups


def test_line_that_came_by_otlp_is_not_repeated(found: Mapping[str, Sequence[Received]]) -> None:
    """A process that does both is there once; nothing of its console was taken."""
    assert len(found["both"]) == 2
    assert not any("log.file.path" in one.attributes for one in found["both"])


def test_console_line_has_the_fields_of_otlp(found: Mapping[str, Sequence[Received]]) -> None:
    """Body, severity, logger, trace, time and attributes are those of the same record by OTLP."""
    for sent, read in zip(found["both"], found["console"], strict=True):
        assert read.body == sent.body
        assert read.scope == sent.scope == "shop.orders"
        assert read.record.severity_number == sent.record.severity_number
        assert read.record.severity_text == sent.record.severity_text == "WARN"
        assert bool(read.record.trace_id) == bool(sent.record.trace_id)
        assert read.record.time_unix_nano
        assert set(sent.attributes) <= set(read.attributes)
        assert set(sent.resource) <= set(read.resource)
        assert not {"own", "record"} & {*read.attributes, *read.resource}


def test_crash_before_telemetry_is_one_record(found: Mapping[str, Sequence[Received]]) -> None:
    """A traceback is joined, an ERROR, and says the exception's type; its secret is masked."""
    before, crash, after = sorted(found["crashed"], key=lambda one: str(one.body)[0] == "b")

    assert {before.body, after.body} >= {"bye"}
    (crash,) = (one for one in (before, crash, after) if "Traceback" in one.body)
    assert crash.body.startswith("Traceback (most recent call last):\n")
    assert "RuntimeError: no database" in crash.body
    assert crash.record.severity_number == 17
    assert crash.attributes["exception.type"] == "RuntimeError"
    assert canary.PASSWORD not in str(found)


def test_lines_of_broker_and_database_have_severity_and_time(
    found: Mapping[str, Sequence[Received]],
) -> None:
    """RabbitMQ's and PostgreSQL's own lines are understood, continuations included."""
    (broker,), (database,) = found["rabbitmq"], found["postgres"]

    assert (broker.body, broker.record.severity_number) == ("disk is nearly full", 13)
    assert broker.record.time_unix_nano == 1_795_514_401_000_000_000
    assert database.record.severity_number == 21
    assert database.body.endswith(POSTGRES[1])
    assert database.record.time_unix_nano == 1_795_514_402_000_000_000


def test_other_lines_are_kept(found: Mapping[str, Sequence[Received]]) -> None:
    """A line that was cut is whole again; one that is no JSON after all is text."""
    assert {one.body for one in found["long"]} == {LONG, '{"timestamp": broken', "Started"}
