"""A store with a transaction in it, a lens over it, and a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from otel_logging.backends import Transaction
from otel_logging.backends.times import rfc3339
from otel_logging.lens.otlp_file import exported
from stack.chromium import chromium
from stack.lens import Lens
from stack.part import StartError
from stack.store import Store
from tests.store import otlp
from tests.unit.lens.sample import T0, order

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = '</script><img src=x onerror="document.title=1"><b hx-get="/x">bold</b> \u202egnp.exe'
PATIENCE_MS = 30_000
NOT_FOUND = "the server responded with a status of"
"""What the console says of a page that is refused, as some tests want; of other files it counts."""


def recent(found: Transaction) -> Transaction:
    """Return a transaction as if it had started a minute ago."""
    by = time.time_ns() - 60 * 10**9 - T0
    return Transaction(
        found.trace_id,
        [
            structs.replace(
                span,
                start_unix_nano=span.start_unix_nano + by,
                end_unix_nano=span.end_unix_nano + by,
                events=[
                    structs.replace(event, time_unix_nano=event.time_unix_nano + by)
                    for event in span.events
                ],
            )
            for span in found.spans
        ],
        [
            structs.replace(record, timestamp=rfc3339(record.time_unix_nano + by))
            for record in found.logs
        ],
    )


def deliver(store: Store, signal: str, content: bytes, kind: dict[str, str]) -> None:
    """Give the store a request of one signal."""
    answer = httpx.post(f"{store.http}/v1/{signal}", content=content, headers=kind, timeout=30)
    answer.raise_for_status()


def write(store: Store, body: str, **more: object) -> None:
    """Give the store one record of now."""
    request = otlp.logs(otlp.log(body, **more), service="gateway")
    deliver(store, "logs", request.SerializeToString(), otlp.PROTOBUF)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that holds the sample order, a hostile record and a metric."""
    with Store(tmp_path_factory.mktemp("store")) as found:
        content = exported(recent(order()))
        deliver(found, "traces", content, otlp.JSON)
        deliver(found, "logs", content, otlp.JSON)
        write(found, HOSTILE, severity=13, attributes={HOSTILE: HOSTILE, "user.id": "mina"})
        for number in range(3):
            at = time.time_ns() - (30 - number * 10) * 10**9
            gauge = otlp.gauge("queue.size", number, at, queue="<b>")
            deliver(found, "metrics", gauge.SerializeToString(), otlp.PROTOBUF)
        yield found


@pytest.fixture(scope="session")
def lens(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lens]:
    """A lens over that store."""
    with Lens(tmp_path_factory.mktemp("lens"), store.http) as found:
        yield found


# For a module only: while it is open, an event loop runs, and no asynchronous test can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with ExitStack() as exits:
        try:
            found = exits.enter_context(chromium())
        except StartError as error:
            pytest.skip(str(error))
        yield found


@pytest.fixture
def page(browser: Browser, lens: Lens, tmp_path: Path) -> Iterator[Page]:
    """An empty tab; anything on its console, or a request to elsewhere, fails the test."""
    context = browser.new_context(base_url=lens.http, viewport={"width": 1360, "height": 820})
    context.set_default_timeout(PATIENCE_MS)
    trouble: list[str] = []
    found = context.new_page()
    found.on(
        "console",
        lambda message: (
            NOT_FOUND in message.text or trouble.append(f"{message.type}: {message.text}")
        ),
    )
    found.on(
        "response",
        lambda answer: (
            answer.status < 400
            or answer.request.resource_type == "document"
            or trouble.append(f"{answer.status} {answer.url}")
        ),
    )
    found.on("pageerror", lambda error: trouble.append(str(error)))
    found.on(
        "request",
        lambda request: request.url.startswith(lens.http) or trouble.append(request.url),
    )
    yield found
    context.close()
    assert trouble == []
