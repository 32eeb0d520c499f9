"""The lens as its user sees it, in real Chromium."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stack.store import Store
from tests.lens.conftest import HOSTILE, write
from tests.unit.lens.sample import TRACE

api = pytest.importorskip("playwright.sync_api", reason="needs playwright: make setup")

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.chromium]

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
PAGES = (
    "/logs",
    "/logs?live=true",
    "/logs?text=nothing+like+it",
    "/logs?severity=LOUD",
    "/traces",
    f"/traces/{TRACE}",
    "/traces/ffff",
    "/errors",
    "/services",
    "/metrics",
    "/metrics/queue.size",
)


def bodies(page: Page) -> list[str]:
    """Return the bodies of all rows, from top to bottom."""
    return page.locator(".row .body").all_inner_texts()


def expect_count(page: Page, selector: str, count: int) -> None:
    """Wait until so many elements match."""
    api.expect(page.locator(selector)).to_have_count(count, timeout=30_000)


def test_records_appear_as_they_arrive(page: Page, store: Store) -> None:
    """The live tail puts a new record on top, once, and the page is not loaded again."""
    page.goto("/logs?live=true&text=tail-probe")
    expect_count(page, ".row", 0)
    for number in range(3):
        write(store, f"tail-probe {number}")

    expect_count(page, ".row", 3)

    assert [body.split()[1] for body in bodies(page)] == ["2", "1", "0"]
    assert page.locator(".live").is_visible()


def test_a_tail_repeats_nothing_that_is_on_the_page(page: Page, store: Store) -> None:
    """What the page was made with comes again from the tail's overlap, and is dropped."""
    write(store, "overlap-probe first", attributes={"log.record.uid": "overlap-1"})
    page.goto("/logs?live=true&text=overlap-probe")
    expect_count(page, ".row", 1)
    write(store, "overlap-probe second", attributes={"log.record.uid": "overlap-2"})

    expect_count(page, ".row", 2)


def test_a_filter_narrows_the_rows_and_is_in_the_address(page: Page) -> None:
    """Typing searches; the address that results shows the same when it is opened anew."""
    page.goto("/logs?since=all")
    page.keyboard.press("/")
    page.keyboard.type("processing failed")
    page.wait_for_url(re.compile(r"text=processing%20failed"))

    expect_count(page, ".row", 1)
    page.reload()
    expect_count(page, ".row", 1)
    assert "the card was declined" in bodies(page)[0]


def test_a_level_means_this_one_or_above(page: Page) -> None:
    """WARN leaves WARN and ERROR."""
    page.goto(f"/logs?trace_id={TRACE}")
    page.locator("select[name=severity]").select_option("WARN")

    expect_count(page, ".row", 2)
    levels = page.locator(".row .level").all_inner_texts()
    assert levels == ["WARN", "ERROR"]


def test_from_a_line_to_its_transaction_and_back(page: Page) -> None:
    """A click opens a line, its link the waterfall at the span, the span its logs."""
    page.goto("/logs?text=processing+failed&since=all")
    page.locator(".row summary").click()
    details = page.locator(".row .details")
    details.get_by_text("event_service.worker.CardDeclinedError").wait_for()
    details.get_by_role("link", name="transaction").click()
    page.wait_for_url(f"**/traces/{TRACE}#span-*")

    failed = page.locator("details.span.failed[open]")
    failed.get_by_role("link", name=re.compile("logs of the span")).click()
    page.wait_for_url("**/logs?*span_id=*")
    expect_count(page, ".row", 2)
    page.go_back()
    page.wait_for_url(f"**/traces/{TRACE}#span-*")
    page.go_back()
    page.wait_for_url("**/logs?text=*")
    expect_count(page, ".row", 1)


def test_the_waterfall_shows_every_span_and_record_in_place(page: Page) -> None:
    """Spans and records stand in clock order below one another; the critical path is marked."""
    page.goto(f"/traces/{TRACE}")

    lines = page.locator(".waterfall summary.line")
    texts = [" ".join(text.split()) for text in lines.all_inner_texts()]
    assert len(texts) == 8 + 9
    assert texts[0].startswith("gateway POST /orders server 202")
    assert "order.received order received" in texts[1]
    assert page.locator(".critical").count() > 3
    assert page.locator(".span.failed").count() == 1
    assert "the card was declined" in page.locator(".errors-list").inner_text()


def test_hands_stay_on_the_keyboard(page: Page) -> None:
    """j and k walk, Enter opens, t leads to the transaction, Escape leaves the search."""
    page.goto(f"/logs?trace_id={TRACE}")
    for key in ("/", "Escape", "j", "j", "k", "j", "Enter"):
        page.keyboard.press(key)
    opened = page.locator(".row:has(details[open])")
    api.expect(opened).to_have_count(1, timeout=30_000)
    assert opened.get_attribute("id") == page.locator(".row").nth(1).get_attribute("id")
    page.keyboard.press("t")

    page.wait_for_url(f"**/traces/{TRACE}*")


def test_a_link_to_a_line_opens_it(page: Page) -> None:
    """The address of one line shows that line, open."""
    page.goto("/logs?text=processing+failed&since=all")
    page.locator(".row summary").click()
    page.get_by_role("link", name="link to this line").click()

    page.locator(".row details[open] .attributes").first.wait_for()
    expect_count(page, ".row", 1)


def test_hostile_text_stays_text(page: Page) -> None:
    """Markup, scripts and htmx attributes in bodies and names are shown, not obeyed."""
    page.goto("/logs?user=mina&since=all")
    page.locator(".row summary").click()
    page.locator(".row .attributes").first.wait_for()

    assert "<img src=x" in bodies(page)[0]
    assert page.locator("#results img, #results [onerror], .body b").count() == 0
    assert "\u202e" not in page.locator("#results").inner_text()
    assert HOSTILE[:30] in page.locator(".attributes dt").filter(has_text="img").inner_text()


def test_a_theme_is_kept(page: Page) -> None:
    """The switch turns this page and the next one dark; auto follows the system."""
    page.goto("/logs")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="dark theme").click()
    expect_count(page, "html[data-theme=dark]", 1)
    page.goto("/traces")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="auto theme").click()
    expect_count(page, "html[data-theme=auto]", 1)
    page.emulate_media(color_scheme="dark")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        followed = page.evaluate("getComputedStyle(document.body).backgroundColor")
        if followed == dark:
            break

    assert light != dark
    assert dark == followed


def test_a_transaction_goes_out_as_a_file_and_in_again(page: Page, tmp_path: Path) -> None:
    """The saved file, opened, shows the same lines."""
    page.goto(f"/traces/{TRACE}")
    shown = page.locator(".waterfall .label").all_inner_texts()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="save as file").click()
    file = tmp_path / "transaction.json"
    waiting.value.save_as(file)
    page.goto("/traces")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="open", exact=True).click()
    page.wait_for_url("**/file/*")

    assert page.locator(".waterfall .label").all_inner_texts() == shown
    assert page.get_by_text("from a file").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible(page: Page, path: str, scheme: str) -> None:
    """Axe finds nothing against WCAG 2.2 A and AA, and nobody's best practices broken."""
    page.emulate_media(color_scheme=scheme)
    page.goto(path)
    page.evaluate(AXE.read_text())
    for row in page.locator("[data-row]:is(summary)").all()[:3]:
        row.click()
    found = page.evaluate("axe.run({resultTypes: ['violations']})")

    told = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
    ]
    assert told == []
