"""The commands, on a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from otel_logging.backends import BackendError, LogQuery, TraceQuery, Transaction, open_backend
from stack.ports import free_port
from stack.store import Store
from tests.store import otlp

COMMAND = Path(sys.executable).with_name("otel-logging")
TRACE = bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736")
MS = 1_000_000


@pytest.fixture
def order(client: httpx.Client) -> int:
    """Store a small order across two services; return when it began."""
    at = time.time_ns()
    exception = {"exception.type": "app.Declined", "exception.message": "no money"}
    user = {"user.id": "u1", "http.request.method": "POST"}
    for path, request in (
        (
            "traces",
            otlp.traces(otlp.span(TRACE, b"\1" * 8, at, end=at + 40 * MS, name="POST /orders")),
        ),
        (
            "traces",
            otlp.traces(
                otlp.span(
                    TRACE,
                    b"\2" * 8,
                    at + 10 * MS,
                    end=at + 30 * MS,
                    name="charge",
                    parent_span_id=b"\1" * 8,
                    kind=2,
                    status={"code": 2},
                    events=[{"name": "exception", "attributes": otlp.pairs(exception)}],
                ),
                service="billing",
            ),
        ),
        (
            "logs",
            otlp.logs(
                otlp.log(
                    "order received", at + MS, trace_id=TRACE, span_id=b"\1" * 8, attributes=user
                )
            ),
        ),
        (
            "logs",
            otlp.logs(
                otlp.log("no luck", at + 20 * MS, trace_id=TRACE, span_id=b"\2" * 8, severity=17),
                service="billing",
            ),
        ),
    ):
        content = request.SerializeToString()
        assert client.post(f"/v1/{path}", content=content, headers=otlp.PROTOBUF).status_code == 200
    return at


def call(
    *words: str, store: Store | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on the store."""
    backend = {"OTLOG_BACKEND": store.http} if store else {}
    return subprocess.run(
        [COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **backend, **environ},
    )


def test_a_transaction_is_shown_by_the_start_of_its_id(store: Store, order: int) -> None:
    """Both services, the error and the records in their places; no colour in a pipe."""
    found = call("trace", "4bf92", store=store, COLUMNS="80")

    assert (found.returncode, found.stderr) == (0, "")
    tree = [line[:41].rstrip() for line in found.stdout.splitlines()[4:]]
    assert tree == [
        "gateway POST /orders internal",
        "│  INFO  order received",
        "└─ ✗ billing charge server",
        "      ✗ app.Declined: no money",
        "      ERROR no luck",
    ]
    assert "\x1b" not in found.stdout


def test_json_is_the_whole_transaction(store: Store, order: int) -> None:
    """What a program reads is what the drawing is made from."""
    found = json.loads(call("trace", TRACE.hex(), "--json", store=store).stdout)

    assert [span["name"] for span in found["spans"]] == ["POST /orders", "charge"]
    assert [record["body"] for record in found["logs"]] == ["order received", "no luck"]


def test_lists_show_what_there_is(store: Store, order: int) -> None:
    """Traces, services and records, filtered."""
    traces = call("traces", "--failed", "--since", "1h", store=store).stdout
    services = call("services", store=store).stdout
    logs = call("logs", "--severity", "ERROR", store=store).stdout
    lines = call("logs", "--user", "u1", "--json", store=store).stdout

    assert "4bf92f35" in traces
    assert "POST /orders" in traces
    assert {"billing", "gateway"} <= set(services.split())
    assert "no luck" in logs
    assert "order received" not in logs
    assert [json.loads(line)["body"] for line in lines.splitlines()] == ["order received"]


def test_no_store_is_told_with_what_to_do() -> None:
    """The URL that was tried, and how to start a store."""
    found = call("services", "--backend", f"http://127.0.0.1:{free_port()}")

    assert found.returncode == 1
    assert "otel-logging store --folder" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trace", "ffff"], "no trace starts with ffff"),
        (["trace", "nonsense"], "hex digits"),
        (["logs", "--severity", "LOUD"], "must be one of"),
        (["services", "--backend", "ftp://x"], "ftp://x"),
    ],
)
def test_a_failure_is_exit_code_1_and_says_why(store: Store, words: list[str], said: str) -> None:
    """What the store or the command refuses is told in one line."""
    found = call(*words, store=store)

    assert found.returncode == 1
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_a_reader_that_stops_early_is_no_error(store: Store, order: int) -> None:
    """`| head` ends the command quietly."""
    command = f"'{COMMAND}' trace 4bf9 --backend {store.http} | true"
    found = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)

    assert found.stderr == ""


def test_the_backend_answers_in_types(store: Store, order: int) -> None:
    """Each question of the interface, over HTTP."""
    backend = open_backend(store.http)

    found = backend.trace("4bf9")
    assert isinstance(found, Transaction)
    assert [span.kind for span in found.spans] == ["INTERNAL", "SERVER"]
    assert order + MS == found.logs[0].time_unix_nano
    assert [
        record.body for record in backend.search_logs(LogQuery(attributes={"user.id": "u1"}))
    ] == ["order received"]
    assert [t.error_count for t in backend.traces(TraceQuery(min_duration_ns=30 * MS))] == [1]
    assert [service.name for service in backend.services()] == ["billing", "gateway"]
    assert backend.summary().orphan_logs == 0
    with pytest.raises(BackendError, match="no trace"):
        backend.trace("eeee")
    backend.close()


def test_a_tail_yields_each_record_once(store: Store, client: httpx.Client) -> None:
    """Records that arrive later, even with an earlier time, come exactly once."""
    tail = open_backend(store.http).tail(LogQuery(since_ns=0))
    now = time.time_ns()

    def deliver(body: Any, at: int) -> None:
        content = otlp.logs(otlp.log(body, at)).SerializeToString()
        client.post("/v1/logs", content=content, headers=otlp.PROTOBUF)

    deliver("first", now)
    assert next(tail).body == "first"
    deliver("late", now - 10**9)
    assert next(tail).body == "late"
    deliver("third", now + 1)
    assert next(tail).body == "third"
