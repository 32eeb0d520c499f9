"""An agent in front of two gateways: a trace is whole on one of them, and nothing counts twice."""

from __future__ import annotations

import contextlib
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from stack.collector import Collector
from stack.ports import HOST
from tests.collector import canary
from tests.collector.receivers import HttpReceiver
from tests.collector.records import records, spans
from tests.collector.test_span_metrics import by_service, span
from tests.collector.test_tripwire import in_store
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

TRACES, SPANS = 20, 3


def test_all_spans_of_a_trace_land_on_one_gateway(tmp_path: Path) -> None:
    """Spans sent one by one, and the log records of their traces, meet on the same gateway."""
    with contextlib.ExitStack() as exits:
        stores = [exits.enter_context(HttpReceiver()) for _ in range(2)]
        gateways = [
            exits.enter_context(
                Collector(
                    tmp_path / f"gateway{number}",
                    ("store", "gateway"),
                    {"OTLOG_STORE_ENDPOINT": store.url},
                )
            )
            for number, store in enumerate(stores)
        ]
        addresses = ", ".join(f"{HOST}:{one.grpc_port}" for one in gateways)
        agent = Collector(
            tmp_path / "agent", ("agent",), {"OTLOG_COLLECTOR_GATEWAYS": f"[{addresses}]"}
        )
        exits.enter_context(agent)
        traces = [uuid.uuid4().bytes for _ in range(TRACES)]
        for _ in range(SPANS):
            for trace_id in traces:
                request = by_service({"shop": span(trace_id, None, Span.SPAN_KIND_SERVER)})
                assert canary.send(agent.http, request).status_code == 200
        leaking = [
            LogRecord(trace_id=one, body=canary.value(f"paid with {canary.CARD}")) for one in traces
        ]
        assert canary.send(agent.http, canary.logs(*leaking, service="shop")).status_code == 200

        until(lambda: sum(map(len, map(spans_of, stores))) == TRACES * SPANS, "every span")
        until(lambda: sum(map(len, map(records_of, stores))) == TRACES, "every record")
        until(lambda: sum(map(in_store, stores)) >= TRACES, "every leak counted")

    places = defaultdict(set)
    for number, store in enumerate(stores):
        for trace_id in (*spans_of(store), *records_of(store)):
            places[trace_id].add(number)
    assert set(places) == set(traces)
    assert all(len(where) == 1 for where in places.values())
    assert set().union(*places.values()) == {0, 1}
    assert sum(map(in_store, stores)) == TRACES


def spans_of(store: HttpReceiver) -> list[bytes]:
    """The trace ID of each span that came to a store."""
    return [one.trace_id for one in spans(store.bodies.get("/v1/traces", []))]


def records_of(store: HttpReceiver) -> list[bytes]:
    """The trace ID of each record that came to a store."""
    return [one.record.trace_id for one in records(store.bodies.get("/v1/logs", []))]
