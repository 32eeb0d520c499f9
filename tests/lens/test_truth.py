"""A transaction with fan-out, parallel branches, retries, a dead letter and an edge link."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from otel_logging.lens.otlp_file import exported
from stack.lens import Lens
from stack.store import Store
from tests.lens.conftest import deliver
from tests.lens.truth import EDGES, LINKS, WRITTEN, Drawn, Truth, of_page, of_terminal
from tests.store import otlp

COMMAND = Path(sys.executable).with_name("otel-logging")
WIDE = 200
"""Columns that no name of the transaction is too long for."""

KNOWN = Drawn(EDGES, WRITTEN, LINKS)


@pytest.fixture(scope="module")
def truth(store: Store) -> Truth:
    """The transaction, in the store."""
    truth = Truth()
    for signal in ("traces", "logs"):
        deliver(store, signal, exported(truth.transaction), otlp.JSON)
    return truth


def test_the_terminal_draws_every_edge(store: Store, truth: Truth) -> None:
    """Each span stands under its parent, each record under its span, each link is told."""
    printed = subprocess.run(
        [COMMAND, "trace", truth.trace_id, "--backend", store.http],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": str(WIDE)},
    ).stdout

    assert of_terminal(truth, printed) == KNOWN


def test_the_page_draws_every_edge(lens: Lens, truth: Truth) -> None:
    """The same on the page."""
    page = httpx.get(f"{lens.http}/traces/{truth.trace_id}", timeout=60)

    assert of_page(truth, page.text) == KNOWN
