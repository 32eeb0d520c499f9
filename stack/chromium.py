"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stack.part import StartError

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser. While it is open, an event loop runs in this thread.

    Raises:
        StartError: Chromium or Playwright is missing.
    """
    path = shutil.which("chromium")
    if path is None:
        raise StartError("there is no chromium: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not for other parts
    except ModuleNotFoundError:
        raise StartError("there is no playwright: make setup") from None
    with sync_playwright() as playwright:
        # As root, which is whom a container knows, it does not start in its sandbox.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
