"""The transaction whose every edge is known, through the Collector, from Loki and Tempo."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from otel_logging.backends import BackendError
from otel_logging.lens.otlp_file import exported
from stack.lens import Lens
from tests.collector.waiting import until
from tests.lens.test_truth import KNOWN, WIDE
from tests.lens.truth import RECORDS, SPANS, Truth, of_page, of_terminal
from tests.loki.running import RealRun
from tests.loki.test_backend import printed
from tests.store import otlp

pytestmark = pytest.mark.loki


@pytest.fixture(scope="module")
def truth(run: RealRun) -> Truth:
    """The transaction, arrived."""
    truth = Truth()
    assert run.stack.collector is not None
    for signal in ("traces", "logs"):
        httpx.post(
            f"{run.stack.collector.http}/v1/{signal}",
            content=exported(truth.transaction),
            headers=otlp.JSON,
            timeout=30,
        ).raise_for_status()

    def arrived() -> bool:
        try:
            found = run.loki_tempo.trace(truth.trace_id)
        except BackendError:
            return False
        return len(found.spans) == len(SPANS) and len(found.logs) == len(RECORDS)

    until(arrived, "the transaction in Loki and Tempo")
    return truth


def test_the_terminal_draws_every_edge(run: RealRun, truth: Truth) -> None:
    """Each span stands under its parent, each record under its span, each link is told."""
    lines = printed(run.stack.backend, "trace", truth.trace_id, columns=WIDE)

    assert of_terminal(truth, "\n".join(lines)) == KNOWN


def test_the_page_draws_every_edge(run: RealRun, truth: Truth, tmp_path: Path) -> None:
    """The same on the page."""
    with Lens(tmp_path, run.stack.backend) as lens:
        page = httpx.get(f"{lens.http}/traces/{truth.trace_id}", timeout=60)

    assert of_page(truth, page.text) == KNOWN
