"""The demo's scenario against a stack that keeps its telemetry in Loki and Tempo."""

from __future__ import annotations

import pytest

from tests.e2e.test_against import LINE, demo
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki


def test_the_scenario_is_judged_on_loki_and_tempo(run: RealRun) -> None:
    """One command plays it at a running gateway and finds all of it, without a leak."""
    done = demo("--against", run.stack.gateway.http, "--backend", run.stack.backend)

    assert done.returncode == 0, done.stdout + done.stderr
    assert LINE.fullmatch(done.stdout.splitlines()[-1]), done.stdout
