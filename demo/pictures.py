"""A picture of each page of the lens, light and dark, on what the demo stored."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from demo.playing import play, say
from demo.scenario import Result
from demo.verdict import wait_until_settled
from stack.chromium import chromium
from stack.collector import configuration_files
from stack.native import NativeStack, Ports
from stack.part import Part

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES: Final = {
    "logs": "/logs?since=all",
    "record": "/logs?since=all&severity=ERROR",
    "traces": "/traces?since=all",
    "trace": "/traces/{trace_id}",
    "errors": "/errors?since=all",
    "services": "/services?since=all",
    "metrics": "/metrics?since=all",
    "metric": "/metrics/http.server.request.duration?since=all",
}
"""Each picture's name and page."""
OPENED: Final = "record"
"""Here the first line is opened."""
SCHEMES: Final = ("light", "dark")
VIEWPORT: Final = (1360, 820)
TIMES: Final = 2
SECONDS_BETWEEN: Final = 5.0
_PATIENCE_MS: Final = 60_000


def run(folder: Path, ports: Ports, target: Path, progress: Callable[[Part], None]) -> None:
    """Play the scenario some times on a stack of its own, and write `lens-PAGE-SCHEME.png`.

    Args:
        folder: what the stack writes goes below it.
        ports: where the stack listens.
        target: the folder of the pictures.
        progress: is told each part before it starts.

    Raises:
        StartError: when a part does not start, or there is no browser.
        ScenarioError: when a step's answer is not the expected one.
    """
    # A plot wants more points than the one a minute that is sent by default.
    stack = NativeStack(
        folder,
        ports,
        variables={"OTEL_METRIC_EXPORT_INTERVAL": "2000"},
        collector_files=configuration_files(("store",)),
    )
    with stack.running(progress):
        result = _played(stack)
        with stack.lens:
            _take(stack.lens.http, result.order_trace_id, target)


def _played(stack: NativeStack) -> Result:
    """Play the scenario; return the last time's result once the store has all of it."""
    for number in range(TIMES):
        if number:
            time.sleep(SECONDS_BETWEEN)
        result = play(stack.gateway.http, stack.admin_password)
    say("waiting until the last records are in the store")
    wait_until_settled(stack.store.http, [step.trace_id for step in result.steps])
    return result


def _take(lens: str, trace_id: str, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    width, height = VIEWPORT
    with chromium() as browser:
        context = browser.new_context(
            base_url=lens, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        for name, path in PAGES.items():
            page.goto(path.replace("{trace_id}", trace_id))
            page.locator("[data-row], table tbody tr, svg").first.wait_for()
            if name == OPENED:
                _open_first_line(page)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                file = target / f"lens-{name}-{scheme}.png"
                page.screenshot(path=file)
                _shrink(file)
                say(f"  {file} {file.stat().st_size // 1000} kB")


def _open_first_line(page: Page) -> None:
    page.locator(".row summary").first.click()
    page.locator(".row .attributes").first.wait_for()


def _shrink(file: Path) -> None:
    """Give a picture a palette of its own where pngquant is installed: a third of the size."""
    program = shutil.which("pngquant")
    if program is not None:
        subprocess.run([program, "--force", "--strip", "--ext", ".png", file], check=True)
