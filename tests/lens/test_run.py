"""The lens on data of the whole stack: what the services wrote is drawn as the store has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from otel_logging.backends import open_backend
from otel_logging.lens.tree import Node, build, walk
from stack.lens import Lens
from stack.native import NativeStack
from stack.store import Store
from tests.e2e.conftest import Run, scenario_run

api = pytest.importorskip("playwright.sync_api", reason="needs playwright: make setup")

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.e2e, pytest.mark.chromium]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The scenario on the whole stack."""
    folder: Path = tmp_path_factory.mktemp("run")
    with scenario_run(NativeStack(folder)) as one:
        yield one


@pytest.fixture(scope="module")
def store(run: Run) -> Store:
    """The run's store."""
    return run.stack.store


@pytest.fixture(scope="module")
def lens(run: Run) -> Iterator[Lens]:
    """A lens over the run's store."""
    with run.stack.lens as found:
        yield found


def outline(store: Store, trace_id: str) -> list[tuple[int, str]]:
    """Return depth and name of each span as the store has them, from top to bottom."""
    backend = open_backend(store.http)
    try:
        top = build(backend.trace(trace_id))
    finally:
        backend.close()
    return [
        (placed.depth, f"{placed.item.span.service} {placed.item.span.name}")
        for placed in walk(top)
        if isinstance(placed.item, Node)
    ]


def test_an_order_is_followed_from_its_line_through_three_services(page: Page, run: Run) -> None:
    """From a line of the order to the waterfall, which has every span under its parent."""
    page.goto(f"/logs?trace_id={run.result.order_trace_id}")
    page.locator(".row a[data-trace]").first.click()
    page.wait_for_url(re.compile(f"/traces/{run.result.order_trace_id}"))

    spans = page.locator("details.span > summary .tree")
    drawn = [
        (tree.locator("i").count(), " ".join(tree.inner_text().split())) for tree in spans.all()
    ]
    wanted = outline(run.stack.store, run.result.order_trace_id)

    assert {text.split()[0] for _, text in wanted} == {"gateway", "auth-service", "event-service"}
    assert [depth for depth, _ in drawn] == [depth for depth, _ in wanted]
    for (_, shown), (_, name) in zip(drawn, wanted, strict=True):
        assert shown.startswith(name)


def test_a_request_made_now_shows_up_in_the_tail(page: Page, run: Run) -> None:
    """What the gateway writes while the page is open appears on it."""
    page.goto("/logs?live=true&service=gateway&text=unknown-probe")
    page.locator(".live").wait_for()
    with httpx.Client(base_url=run.stack.gateway.http, timeout=30) as client:
        client.post("/auth/login", json={"username": "nobody", "password": "nothing-at-all"})
        client.get("/orders/unknown-probe")

    page.locator(".row").first.wait_for(timeout=60_000)
    assert "unknown-probe" in page.locator(".row .body").first.inner_text()


@pytest.mark.parametrize("path", ["/logs", "/traces", "/errors", "/services", "/metrics"])
def test_every_page_shows_the_run(page: Page, path: str) -> None:
    """No page is empty or refused, and nothing is said on the console."""
    page.goto(path)

    assert page.locator(".refused").count() == 0
    assert page.locator("[data-row]").count() + page.locator("table tbody tr").count() > 0
