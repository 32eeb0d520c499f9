"""Loki and Tempo keep what the store keeps, record by record and span by span."""

from __future__ import annotations

import pytest

from tests.loki.answers import lines, spans_in_tempo
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki


def test_records_are_the_same(run: RealRun) -> None:
    """Both have each record once by `log.record.uid`, with the same body, time and context."""
    run.settle()
    store, loki = run.records(run.store), run.records(run.loki_tempo)

    assert len(store) > 50
    assert store.keys() == loki.keys()
    for uid, record in store.items():
        found = loki[uid]
        for name in ("timestamp", "severity", "body", "service", "scope", "trace_id", "span_id"):
            assert getattr(found, name) == getattr(record, name), name
        assert found.event_name == record.event_name
    assert any(record.event_name for record in loki.values())


def test_attributes_keep_their_names_and_values(run: RealRun) -> None:
    """A known attribute has its name back, with its value."""
    store, loki = run.records(run.store), run.records(run.loki_tempo)
    names = {"log.record.uid", "http.request.method", "url.path", "client.address", "user.id"}

    seen = set()
    for uid, record in store.items():
        for name in names & record.attributes.keys():
            assert loki[uid].attributes[name] == record.attributes[name]
            seen.add(name)
        resource = dict(loki[uid].resource)
        # How long it is kept is said on the way to Loki only.
        assert resource.pop("log_retention") in {"audit", "short", "standard"}
        assert resource == record.resource
    assert seen == names


def test_spans_are_the_same(run: RealRun) -> None:
    """Both have each span once by its ID, equal in everything."""
    run.settle()
    store, tempo = run.spans(run.store), run.spans(run.loki_tempo)

    assert len(store) > 50
    assert tempo == store


def test_nothing_comes_twice_in_an_undisturbed_run(run: RealRun) -> None:
    """Lines and spans of the order are as many as their IDs, asked without our backend."""
    found = lines(run, f'{{service_name=~".+"}} | trace_id="{run.result.order_trace_id}"')

    uids = [line["labels"]["log_record_uid"] for line in found]
    assert sorted(uids) == sorted(set(uids))
    order = run.store.trace(run.result.order_trace_id)
    assert len(uids) == len(order.logs)
    assert spans_in_tempo(run, run.result.order_trace_id) == len(order.spans)
