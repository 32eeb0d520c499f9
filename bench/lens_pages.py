"""The lens in Chromium: how long a page takes to its first paint, a filter to its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from stack.chromium import chromium
from stack.part import StartError

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES: Final = ("/logs", "/traces", "/traces/{trace_id}", "/errors", "/services", "/metrics")
FILTERS: Final = {
    "service": "/logs?service=gateway",
    "level": "/logs?severity=ERROR",
    "text": "/logs?text=expired",
    "attribute": "/logs?attribute=order.quantity%3D7",
    "user": "/logs?user=u-77",
    "failed traces": "/traces?failed=true",
}
_FIRST_PAINT: Final = "performance.getEntriesByName('first-paint')[0]?.startTime ?? 0"
_PATIENCE_MS: Final = 120_000


@contextmanager
def opened(url: str) -> Iterator[Page | None]:
    """Open a tab in Chromium; None where there is no browser."""
    with ExitStack() as exits:
        try:
            browser = exits.enter_context(chromium())
        except StartError:
            yield None
            return
        context = browser.new_context(base_url=url)
        context.set_default_timeout(_PATIENCE_MS)
        yield context.new_page()


def first_paint_ms(page: Page, path: str, times: int) -> float:
    """Open a page several times; the shortest time from asking for it to its first paint."""
    found = []
    for _ in range(times):
        page.goto(path)
        # The page's own policy forbids what waits for an expression to be true.
        while not (painted := float(page.evaluate(_FIRST_PAINT))):
            page.wait_for_timeout(20)
        found.append(painted)
    return min(found)


def filtered_ms(page: Page, path: str, times: int) -> float:
    """Open a filtered page several times; the shortest time until its rows stand there."""
    found = []
    for _ in range(times):
        page.goto("about:blank")
        began = time.perf_counter()
        page.goto(path)
        page.locator("[data-row], table tbody tr").first.wait_for()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


def tail_ms(page: Page, write: Callable[[str], None], times: int) -> float:
    """Follow the tail; the longest time from a record's answer to its row on the page."""
    found = []
    page.goto("/logs?live=true&text=seen-by-the-tail")
    page.locator(".live").wait_for()
    for number in range(times):
        body = f"seen-by-the-tail {number}"
        write(body)
        began = time.perf_counter()
        page.get_by_text(body).first.wait_for()
        found.append((time.perf_counter() - began) * 1000)
    return max(found)
