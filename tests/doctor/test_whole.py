"""A pipeline that is whole passes, and the search for leaks is seen to find them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from otel_logging.doctor.examination import STEPS, examine
from tests.doctor.site import Site, page

pytestmark = pytest.mark.collector

COMMAND = Path(sys.executable).with_name("otel-logging")


def test_a_whole_pipeline_passes_every_step(site: Site) -> None:
    """The command says so, in words that a program can read, with exit code 0."""
    where = ("--backend", site.store.http, "--collector", page(site.collector))
    done = subprocess.run(
        [COMMAND, "doctor", *where, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=site.environ(),
    )
    told = json.loads(done.stdout)

    assert told["failed"] == [], done.stdout
    assert done.returncode == 0
    assert [one["step"] for one in told["steps"]] == [step.name for step in STEPS]
    assert {one["state"] for one in told["steps"]} == {"passed"}


def test_a_store_without_a_collector_is_examined_too(site: Site) -> None:
    """What only a Collector does is left out; the rest passes."""
    skipped = {"search", "collector", "span-metrics"}
    pipeline = site.pipeline(site.environ(site.store.http), collector=None)
    states = {one.step: one.state for one in examine(pipeline, skipped)}

    assert {name for name, state in states.items() if state != "passed"} == skipped


def test_a_search_that_finds_nothing_is_no_proof(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the search is blind, the guard says so: it can fail."""
    monkeypatch.setattr("otel_logging.doctor.guard.in_store", lambda *_: ["span name"])
    wanted = {step.name for step in STEPS} - {"settings", "search"}
    outcome = next(one for one in examine(site.pipeline(), wanted) if one.step == "search")

    assert outcome.state == "failed"
    assert "the store's search misses baggage" in outcome.detail
