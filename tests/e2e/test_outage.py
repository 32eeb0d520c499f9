"""The Collector goes away and comes back: services answer, and what was lost is accounted for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.scenario import Scenario
from demo.verdict import wait_until_settled
from stack.native import NativeStack

pytestmark = [pytest.mark.e2e]

REQUESTS = 300
ROOM = 100
DEADLINE_SECONDS = 90.0


def test_services_answer_without_a_collector_and_losses_are_counted(tmp_path: Path) -> None:
    """While it is away all answers stay as they were; afterwards stored + counted = written."""
    stack = NativeStack(tmp_path, variables={"OTLOG_QUEUE_SIZE": str(ROOM)})
    with stack.running():
        assert stack.collector is not None
        settled = _ask(stack, 1)
        stack.collector.stop()

        statuses = _ask(stack, REQUESTS)
        with httpx.Client(base_url=stack.gateway.http, timeout=30) as client:
            Scenario(client).run()
        stack.collector.start()
        with httpx.Client(base_url=stack.gateway.http, timeout=30) as client:
            afterwards = Scenario(client).run()

        wait_until_settled(stack.store.http, [step.trace_id for step in afterwards.steps])
        lost = _wait_for_the_record_of_drops(stack)
        stored = _stored(stack, scope="uvicorn.access", text="/healthz")

    assert settled == [200]
    assert statuses == [200] * REQUESTS
    assert lost >= REQUESTS - ROOM - len(stored)
    assert len(stored) < REQUESTS


def _ask(stack: NativeStack, count: int) -> list[int]:
    with httpx.Client(base_url=stack.gateway.http, timeout=30) as client:
        return [client.get("/healthz").status_code for _ in range(count)]


def _wait_for_the_record_of_drops(stack: NativeStack) -> int:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        records = _stored(stack, scope="otel_logging.bridge")
        if records:
            return sum(
                count
                for record in records
                for name, count in record["attributes"].items()
                if name.startswith("otlog.log.dropped.")
            )
        time.sleep(0.5)
    raise AssertionError("no record tells of what was dropped")


def _stored(stack: NativeStack, **query: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{stack.store.http}/api/logs",
        params={"service": "gateway", "limit": "10000", **query},
        timeout=30,
    )
    answer.raise_for_status()
    records: list[dict[str, Any]] = answer.json()["records"]
    return records
