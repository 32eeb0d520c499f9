"""Overviews of what is stored: errors in groups, counts over time, the service graph."""

from __future__ import annotations

from typing import Any

import httpx

from tests.store import otlp
from tests.unit.store.conftest import NOW

TRACE = b"\1" * 16
STACK = 'Traceback:\n  File "a.py", line 1, in top\n  File "b.py", line 7, in inner\nValueError: no'
EXCEPTION = {
    "exception.type": "ValueError",
    "exception.message": "no",
    "exception.stacktrace": STACK,
}
SECOND = 10**9


async def send(client: httpx.AsyncClient, signal: str, request: Any) -> None:
    """Deliver a request."""
    answer = await client.post(f"/v1/{signal}", content=request.SerializeToString())
    assert answer.status_code == 200


async def test_errors_are_grouped_by_type_and_innermost_frame(client: httpx.AsyncClient) -> None:
    """Two records of one exception are one group, with its counts, times and latest trace."""
    for index in range(2):
        record = otlp.log(
            "failed",
            NOW + index * SECOND,
            severity=17,
            trace_id=bytes([index + 1]) * 16,
            attributes=EXCEPTION,
        )
        await send(client, "logs", otlp.logs(record))
    await send(client, "logs", otlp.logs(otlp.log("fine", NOW)))

    [group] = (await client.get("/api/errors")).json()["errors"]

    assert {
        "service": "gateway",
        "type": "ValueError",
        "place": 'File "b.py", line 7, in inner',
        "message": "no",
        "count": 2,
        "first_seen": "2025-11-24T16:00:00.000000000Z",
        "last_seen": "2025-11-24T16:00:01.000000000Z",
        "trace_id": (b"\2" * 16).hex(),
    } == group


async def test_a_failure_told_twice_in_a_trace_counts_once(client: httpx.AsyncClient) -> None:
    """A handler logs what it raises again: one failure; without a trace each record counts."""
    for trace_id, count in ((TRACE, 3), (b"", 2)):
        for index in range(count):
            record = otlp.log(
                f"failed {index}",
                NOW + index,
                severity=17,
                trace_id=trace_id,
                attributes=EXCEPTION,
            )
            await send(client, "logs", otlp.logs(record))

    [group] = (await client.get("/api/errors")).json()["errors"]

    assert group["count"] == 3


async def test_a_failed_span_counts_unless_a_record_tells_of_it(client: httpx.AsyncClient) -> None:
    """The same failure in a record and in its span is one error."""
    told, silent = b"\1" * 8, b"\2" * 8
    for span_id in (told, silent):
        span = otlp.span(TRACE, span_id, NOW, status={"code": 2, "message": "gone"})
        await send(client, "traces", otlp.traces(span))
    record = otlp.log("x", NOW, severity=17, trace_id=TRACE, span_id=told, attributes=EXCEPTION)
    await send(client, "logs", otlp.logs(record))

    found = (await client.get("/api/errors")).json()["errors"]

    kinds = {(group["type"], group["place"], group["count"]) for group in found}
    assert {
        ("ValueError", 'File "b.py", line 7, in inner', 1),
        ("failed span", "internal span work", 1),
    } == kinds


async def test_a_histogram_counts_levels_in_equal_steps(client: httpx.AsyncClient) -> None:
    """Records fall into the step of their time, under the short name of their level."""
    records = [
        otlp.log("a", NOW),
        otlp.log("b", NOW + 1 * SECOND, severity=17),
        otlp.log("c", NOW + 9 * SECOND, severity=11),
    ]
    await send(client, "logs", otlp.logs(*records))

    params = {"since": NOW, "until": NOW + 10 * SECOND - 1, "buckets": 2}
    found = (await client.get("/api/histogram", params=params)).json()["histogram"]
    filtered = await client.get("/api/histogram", params={**params, "severity": "ERROR"})

    assert found == {
        "start_unix_nano": NOW,
        "step_ns": 5 * SECOND,
        "counts": [{"INFO": 1, "ERROR": 1}, {"INFO": 1}],
    }
    assert filtered.json()["histogram"]["counts"] == [{"ERROR": 1}, {}]


async def test_a_histogram_without_a_range_spans_what_matches(client: httpx.AsyncClient) -> None:
    """The first record opens the first step, the last one is in the last step."""
    await send(client, "logs", otlp.logs(otlp.log("a", NOW), otlp.log("b", NOW + 7)))

    found = (await client.get("/api/histogram", params={"buckets": 4})).json()["histogram"]
    empty = await client.get("/api/histogram", params={"buckets": 2, "text": "nowhere"})

    assert found["counts"] == [{"INFO": 1}, {}, {}, {"INFO": 1}]
    assert empty.json()["histogram"]["counts"] == [{}, {}]


async def test_the_graph_follows_requests_and_linked_messages(client: httpx.AsyncClient) -> None:
    """A request's parent and a message's link both make an edge; a client span is no call."""
    call, served, published, consumed = (bytes([n]) * 8 for n in range(1, 5))
    await send(
        client,
        "traces",
        otlp.traces(otlp.span(TRACE, call, NOW, kind=3), otlp.span(TRACE, published, NOW, kind=4)),
    )
    answer = otlp.span(TRACE, served, NOW, kind=2, parent_span_id=call, status={"code": 2})
    await send(client, "traces", otlp.traces(answer, service="auth"))
    message = otlp.span(
        b"\2" * 16, consumed, NOW, kind=5, links=[{"trace_id": TRACE, "span_id": published}]
    )
    await send(client, "traces", otlp.traces(message, service="worker"))

    found = (await client.get("/api/graph")).json()["graph"]

    assert [
        (e["caller"], e["service"], e["by_message"], e["calls"], e["errors"], e["median_ns"])
        for e in found["edges"]
    ] == [
        ("gateway", "auth", False, 1, 1, 1_000_000),
        ("gateway", "worker", True, 1, 0, 1_000_000),
    ]
    assert [node["service"] for node in found["nodes"]] == ["auth", "worker"]


async def test_metrics_are_named_with_their_series(client: httpx.AsyncClient) -> None:
    """One metric of two cores has two series."""
    for core in (1, 2):
        await send(client, "metrics", otlp.gauge("cpu", 0.5, NOW, core=core))

    [found] = (await client.get("/api/metrics/names")).json()["metrics"]

    assert (
        found["name"],
        found["type"],
        found["services"],
        found["series"],
        found["points"],
    ) == ("cpu", "gauge", ["gateway"], 2, 2)


async def test_traces_are_listed_longest_first(client: httpx.AsyncClient) -> None:
    """`order=longest` puts a long old trace above a short new one; another word is refused."""
    await send(client, "traces", otlp.traces(otlp.span(TRACE, b"\1" * 8, NOW, end=NOW + SECOND)))
    await send(client, "traces", otlp.traces(otlp.span(b"\2" * 16, b"\1" * 8, NOW + 5)))

    found = (await client.get("/api/traces", params={"order": "longest"})).json()["traces"]
    refused = await client.get("/api/traces", params={"order": "shortest"})

    assert [TRACE.hex(), (b"\2" * 16).hex()] == [trace["trace_id"] for trace in found]
    assert refused.status_code == 400
