"""What containers print arrives with the fields that it has by OTLP, once, and redacted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
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


def docker(service: str, lines: Sequence[str]) -> str:
    """Lines as Docker's json-file driver keeps them: at most 16 KiB in an entry."""
    entry = {
        "stream": "stderr",
        "attrs": {"com.docker.compose.service": service},
        "time": "2026-11-24T10:00:00.123456789Z",
    }
    whole = (f"{line}\n" for line in lines)
    pieces = (line[at : at + 16_384] for line in whole for at in range(0, len(line), 16_384))
    return "".join(json.dumps({"log": piece, **entry}) + "\n" for piece in pieces)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Received]]]:
    """What the backend has of each service, once the last of them is there."""
    folder = tmp_path_factory.mktemp("containers")
    own_files = {name: folder / "containers" / (12 * name) for name in "abcdef"}
    for one in own_files.values():
        one.mkdir(parents=True)

    def write(name: str, text: str) -> None:
        file = own_files[name] / f"{12 * name}-json.log"
        with file.open("a") as log:
            log.write(text)

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
        write("a", docker("both", printed(PROGRAM, **by_otlp)))
        write("b", docker("console", printed(PROGRAM, **alone)))
        crash = subprocess.run(
            [sys.executable, "-c", CRASH], capture_output=True, text=True, check=False
        )
        write("c", docker("crashed", ["starting", *crash.stderr.splitlines(), "bye"]))
        write("d", docker("rabbitmq", [RABBITMQ]))
        write("e", docker("postgres", POSTGRES))
        write("f", docker("long", [LONG, '{"timestamp": broken', "INFO:     Started"]))

        def grouped() -> dict[str, list[Received]]:
            groups: dict[str, list[Received]] = {}
            for one in records(ends.store.bodies.get("/v1/logs", [])):
                groups.setdefault(one.resource["service.name"], []).append(one)
            return groups

        wanted = {"both": 2, "console": 2, "crashed": 3, "rabbitmq": 1, "postgres": 1, "long": 3}

        def counts() -> dict[str, int]:
            return {service: len(group) for service, group in grouped().items()}

        until(lambda: counts().items() >= wanted.items(), f"{wanted}")
        ends.collector.stop()
        yield grouped()


def test_line_that_came_by_otlp_is_not_repeated(found: dict[str, list[Received]]) -> None:
    """A process that does both is there once; nothing of its console was taken."""
    assert len(found["both"]) == 2
    assert not any("log.file.path" in one.attributes for one in found["both"])


def test_console_line_has_the_fields_of_otlp(found: dict[str, list[Received]]) -> None:
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


def test_crash_before_telemetry_is_one_record(found: dict[str, list[Received]]) -> None:
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
    found: dict[str, list[Received]],
) -> None:
    """RabbitMQ's and PostgreSQL's own lines are understood, continuations included."""
    (broker,), (database,) = found["rabbitmq"], found["postgres"]

    assert (broker.body, broker.record.severity_number) == ("disk is nearly full", 13)
    assert broker.record.time_unix_nano == 1_795_514_401_000_000_000
    assert database.record.severity_number == 21
    assert database.body.endswith(POSTGRES[1])
    assert database.record.time_unix_nano == 1_795_514_402_000_000_000


def test_other_lines_are_kept(found: dict[str, list[Received]]) -> None:
    """A line that Docker cut is whole again; one that is no JSON after all is text."""
    assert {one.body for one in found["long"]} == {LONG, '{"timestamp": broken', "Started"}
