"""The demo's scenario against a stack that runs already."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys

import pytest

from demo.against import judge
from otel_logging.backends import open_backend
from stack.ports import free_port
from tests.e2e.conftest import Run

pytestmark = [pytest.mark.e2e]

LINE = re.compile(
    r"demo: collector=unseen services=3 traces=(\d+) spans=\d\d+ logs=\d\d+ orphan_logs=0 leaks=0"
)


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The demo as its user runs it."""
    return subprocess.run(
        [sys.executable, "-m", "demo", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_a_running_stack_is_judged_by_its_backend(run: Run) -> None:
    """The order's trace is shown, and the last line is computed from what was read back."""
    done = demo("--against", run.stack.gateway.http, "--backend", run.stack.store.http)

    assert done.returncode == 0, done.stdout + done.stderr
    verdict = LINE.fullmatch(done.stdout.splitlines()[-1])
    assert verdict, done.stdout
    steps = re.findall(r"^demo: +\d{3} .* trace [0-9a-f]{32}$", done.stdout, re.MULTILINE)
    assert int(verdict[1]) == len(steps)
    assert "POST /orders" in done.stdout
    assert "not judged from here" in done.stdout


def test_without_a_backend_nothing_is_claimed(run: Run) -> None:
    """The steps are told, and that nothing was judged."""
    done = demo("--against", run.stack.gateway.http)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("demo: NOT JUDGED")
    assert "leaks=" not in done.stdout


def test_what_stands_in_the_telemetry_is_found(run: Run) -> None:
    """The same search finds a word that is in the records, so that it would find a secret."""
    source = open_backend(run.stack.store.http)
    planted = dataclasses.replace(run.result, needles=["lamp"])

    verdict = judge(source, planted, started_ns=0)

    assert not verdict.holds
    assert any(leak.startswith("records: ") for leak in verdict.leaks)


@pytest.mark.parametrize("missing", ["gateway", "backend"])
def test_what_does_not_answer_is_named(run: Run, missing: str) -> None:
    """A gateway or a backend that is not there ends the demo with its URL."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    gateway = nowhere if missing == "gateway" else run.stack.gateway.http
    backend = nowhere if missing == "backend" else run.stack.store.http

    done = demo("--against", gateway, "--backend", backend)

    assert done.returncode == 2
    assert nowhere in done.stderr
