"""R6.1: on one host no span starts before its parent."""

from __future__ import annotations

import pytest

from otel_logging.backends import open_backend
from tests.e2e.conftest import Run

pytestmark = [pytest.mark.e2e]

TOLERANCE_NS = 5_000_000


def test_no_child_starts_before_its_parent(run: Run) -> None:
    """By more than 5 ms: over all steps of the scenario, across services and the broker."""
    source = open_backend(run.stack.store.http)
    traces = [source.trace(step.trace_id) for step in run.result.steps]
    pairs = [
        (parents[span.parent_span_id], span)
        for trace in traces
        for parents in [{span.span_id: span for span in trace.spans}]
        for span in trace.spans
        if span.parent_span_id in parents
    ]

    early = [
        (parent.name, child.name)
        for parent, child in pairs
        if child.start_unix_nano < parent.start_unix_nano - TOLERANCE_NS
    ]

    assert len({(parent.service, child.service) for parent, child in pairs}) > 4
    assert early == []
