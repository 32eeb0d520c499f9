"""event-service is killed in mid-transaction, and comes back with a clock that is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from otel_logging.backends import open_backend
from otel_logging.lens.tree import Node, build
from stack.native import NativeStack
from tests.e2e.reading import records, until
from tests.e2e.stand_in import StandIn
from tests.services.conftest import ALICE, ORDER

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(LIBRARY is None, reason="no libfaketime: run `make setup`"),
]

SKEW_SECONDS = 2
LATE = {
    "LD_PRELOAD": str(LIBRARY),
    "FAKETIME": f"-{SKEW_SECONDS}s",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
}


def place(client: httpx.Client) -> httpx.Response:
    """Ask for a lamp."""
    return client.post("/orders", json=ORDER)


def outcome(client: httpx.Client, order: httpx.Response) -> str:
    """The state of an order once it is pending no longer."""
    path = f"/orders/{order.json()['order_id']}"
    state: str = until(lambda: client.get(path).json()["status"], lambda now: now != "pending")
    return state


def charges(stack: NativeStack) -> Counter[str]:
    """How often each order's card was charged."""
    found = records(stack, service="event-service", attribute="event.stage.step=card_charged")
    return Counter(record["attributes"]["order.id"] for record in found)


def early(stack: NativeStack, trace_id: str) -> list[float]:
    """By how many seconds spans start before their parents."""

    def below(node: Node) -> list[Node]:
        inner = (one for item in node.items if isinstance(item, Node) for one in below(item))
        return [node, *inner]

    trace = open_backend(stack.store.http).trace(trace_id)
    nodes = (one for top in build(trace) if isinstance(top, Node) for one in below(top))
    return [node.early_ns / 1e9 for node in nodes if node.early_ns]


def shown(stack: NativeStack, trace_id: str) -> str:
    """The trace as the command shows it."""
    command = Path(sys.executable).with_name("otel-logging")
    asked = (command, "trace", trace_id, "--backend", stack.store.http)
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def test_killed_before_it_acknowledges(tmp_path: Path) -> None:
    """The order is charged once all the same, others tell of the failure, the skew is shown."""
    stack = NativeStack(tmp_path)
    proper = stack.event_service
    stack.event_service = StandIn(proper, "tests.e2e.dying_event_service:create_app")
    with stack.running(), httpx.Client(base_url=stack.gateway.http, timeout=60) as client:
        client.post("/auth/register", json=ALICE).raise_for_status()
        tokens = client.post("/auth/login", json=ALICE).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        first = place(client)
        until(lambda: stack.event_service.running, lambda running: not running)
        refused = place(client)
        proper.variables |= LATE
        with proper:
            second = place(client)
            outcomes = [outcome(client, order) for order in (first, second)]
            skipped = until(lambda: records(stack, text="duplicate event skipped"), bool)
            charged = until(lambda: charges(stack), lambda found: len(found) == 2)
        trace_id = second.headers["X-Trace-Id"]
        apart = until(lambda: early(stack, trace_id), bool)
        tree = shown(stack, trace_id)
        failed = until(lambda: failures(stack, refused), bool)
        told = until(lambda: settled(stack, first), bool)

    assert (first.status_code, refused.status_code, second.status_code) == (202, 503, 202)
    assert outcomes == ["completed", "completed"]
    assert len(skipped) == 1
    assert charged == {order.json()["order_id"]: 1 for order in (first, second)}
    assert [record["attributes"]["service.peer.name"] for record in failed] == ["event-service"]
    assert len(told) == 1
    assert max(apart) == pytest.approx(SKEW_SECONDS, abs=0.5)
    assert "before its parent: their clocks differ" in tree


def failures(stack: NativeStack, order: httpx.Response) -> list[dict[str, Any]]:
    """What the gateway, which lives, says of the hop that failed."""
    trace_id = order.headers["X-Trace-Id"]
    return records(stack, trace_id=trace_id, scope="services.gateway.failures")


def settled(stack: NativeStack, order: httpx.Response) -> list[dict[str, Any]]:
    """What the gateway says of an order whose outcome came in."""
    about = f"order.id={order.json()['order_id']}"
    return records(stack, service="gateway", text="order settled", attribute=about)
