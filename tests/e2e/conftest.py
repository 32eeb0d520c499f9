"""One run of the whole stack, shared by the tests that only read what it stored."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from demo.scenario import Result, Scenario
from demo.verdict import wait_until_settled
from stack.collector import configuration_files
from stack.native import NativeStack


@dataclass(frozen=True)
class Run:
    """A stack that runs, and what the scenario did on it."""

    stack: NativeStack
    result: Result


def play(stack: NativeStack) -> Result:
    """Run the scenario and wait until the store has all of it."""
    with httpx.Client(base_url=stack.gateway.http, timeout=30) as client:
        result = Scenario(client, admin_password=stack.admin_password).run()
    wait_until_settled(stack.store.http, [step.trace_id for step in result.steps])
    return result


def do_the_unusual(stack: NativeStack) -> None:
    """What no user of the shop does: events that make no sense or come in batches, a query."""
    event = {"source": "test", "data": {}}
    views = {**event, "type": "activity.page_viewed", "data": {"page": "/"}}
    for each in (views, {**event, "type": "order.placed"}):
        httpx.post(f"{stack.event_service.http}/events", json=each).raise_for_status()
    headers = {"X-Request-Id": "of the caller"}
    httpx.get(f"{stack.gateway.http}/healthz", params={"page": "2"}, headers=headers)


@contextlib.contextmanager
def scenario_run(stack: NativeStack) -> Iterator[Run]:
    """Start the stack, play the scenario, and keep the stack up for the caller."""
    with stack.running():
        yield Run(stack, play(stack))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The scenario on the whole stack."""
    folder: Path = tmp_path_factory.mktemp("run")
    # Metrics leave once a minute by default; the tests need not wait for it.
    stack = NativeStack(
        folder,
        variables={"OTEL_METRIC_EXPORT_INTERVAL": "2000"},
        collector_files=configuration_files(("store", "prometheus")),
    )
    assert stack.collector
    stack.collector.variables["OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL"] = "2s"
    with scenario_run(stack) as one:
        do_the_unusual(stack)
        yield one
