"""The outage drill in its short form; `python -m bench outage` plays ten minutes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.outage import Plan, drill


@pytest.mark.collector
def test_nothing_accepted_is_lost_and_nothing_is_lost_uncounted(tmp_path: Path) -> None:
    """Store away under load, Collector killed and restarted, store back: all that was accepted."""
    outcome = drill(tmp_path, Plan(outage=8, patience=240))

    assert outcome.sound, outcome
    assert outcome.accepted_spans > 0
    assert outcome.refused > 0
    assert outcome.written > 0
