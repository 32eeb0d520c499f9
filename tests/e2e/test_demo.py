"""The demo as its user runs it, and what makes its verdict worth something."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from demo.verdict import judge
from stack.collector import CONFIGURATION, UNREDACTED
from stack.native import NativeStack, Ports
from stack.ports import free_port
from tests.e2e.conftest import Run, scenario_run

pytestmark = [pytest.mark.e2e]

_LINE = re.compile(
    r"^demo: collector=0\.145\.0 services=3 traces=(\d+) spans=(\d+) logs=(\d+) "
    r"orphan_logs=0 leaks=0$",
)


def test_demo_shows_one_transaction_and_its_verdict_holds() -> None:
    """`python -m demo` without a terminal exits 0 with the line as its last."""
    ports = [f"--port={name}={free_port()}" for name in Ports.names()]

    done = subprocess.run(
        [sys.executable, "-m", "demo", *ports],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    match = _LINE.match(done.stdout.splitlines()[-1])
    assert match, done.stdout
    assert int(match[1]) >= 4
    for shown in ("gateway", "auth-service", "event-service", "POST /orders", "order.placed"):
        assert shown in done.stdout


def test_leaks_are_found_when_redaction_is_off(tmp_path: Path) -> None:
    """With redaction off in process and Collector the same search finds what was planted."""
    files = [
        CONFIGURATION / "base.yaml",
        UNREDACTED,
        CONFIGURATION / "overlays" / "store.yaml",
    ]
    stack = NativeStack(tmp_path, variables={"OTLOG_REDACTION": "off"}, collector_files=files)

    with scenario_run(stack) as run:
        verdict = judge(stack, run.result.needles)

    assert not verdict.holds
    places = " ".join(verdict.leaks)
    assert "store logs.attributes" in places
    assert "gateway.log" in places


def test_the_collector_masks_what_a_process_lets_through(tmp_path: Path) -> None:
    """With redaction off in the processes alone, the store still holds no secret."""
    stack = NativeStack(tmp_path, variables={"OTLOG_REDACTION": "off"})

    with scenario_run(stack) as run:
        verdict = judge(stack, run.result.needles)

    assert not [leak for leak in verdict.leaks if leak.startswith(("store", "collector"))]
    assert any("gateway.log" in leak for leak in verdict.leaks)


def test_a_taken_port_is_named_with_the_way_out() -> None:
    """When another program listens on a port, the demo says which and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "demo", f"--port=rabbitmq={taken}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    assert done.returncode == 2
    assert "is taken" in done.stderr
    assert "--help" in done.stderr


def test_the_order_is_one_trace_across_services_and_broker(run: Run) -> None:
    """The order's trace has all three services, an HTTP hop and a RabbitMQ hop, and logs inside."""
    trace = httpx.get(f"{run.stack.store.http}/api/traces/{run.result.order_trace_id}").json()

    spans = {span["span_id"]: span for span in trace["spans"]}
    assert {span["service"] for span in spans.values()} == {
        "gateway",
        "auth-service",
        "event-service",
    }
    hops = {
        (parent["kind"], child["kind"])
        for child in spans.values()
        if (parent := spans.get(child["parent_span_id"])) and parent["service"] != child["service"]
    }
    assert ("CLIENT", "SERVER") in hops
    assert ("PRODUCER", "CONSUMER") in hops
    assert trace["logs"]
    assert {log["span_id"] for log in trace["logs"]} <= spans.keys()
