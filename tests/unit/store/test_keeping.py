"""Repeats, retention, reopening, and finding things again."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest

from otel_logging.store.settings import NANOS_PER_HOUR
from tests.store import otlp
from tests.unit.store.conftest import NOW, OpenStore

TRACE = b"\1" * 16
UID = "log.record.uid"


async def send(client: httpx.AsyncClient, signal: str, request: Any) -> None:
    """Deliver a request."""
    answer = await client.post(f"/v1/{signal}", content=request.SerializeToString())
    assert answer.status_code == 200


async def bodies(client: httpx.AsyncClient, **params: Any) -> list[Any]:
    """Return the bodies that a search finds, oldest first."""
    answer = await client.get("/api/logs", params={"order": "asc", **params})
    return [record["body"] for record in answer.json()["records"]]


@pytest.mark.parametrize(
    ("signal", "request_"),
    [
        ("logs", otlp.logs(otlp.log("a", NOW, attributes={UID: "1"}))),
        ("logs", otlp.logs(otlp.log("a", NOW), otlp.log("a", NOW))),
        ("traces", otlp.traces(otlp.span(TRACE, b"\2" * 8, NOW))),
        ("metrics", otlp.gauge("cpu", 1, NOW, core=1)),
    ],
)
async def test_a_repeated_request_is_stored_once(
    opened: OpenStore, signal: str, request_: Any
) -> None:
    """At-least-once delivery repeats requests, also across a restart; all are answered 200."""
    async with opened as client:
        await send(client, signal, request_)
        await send(client, signal, request_)
        status = (await client.get("/api/status")).json()
        first = status["accepted"]
        assert (first, first) == (status["accepted"], status["repeats"])
    async with opened as client:
        await send(client, signal, request_)
        assert (await client.get("/api/status")).json()["accepted"] == 0


async def test_equal_records_of_one_request_are_all_kept(client: httpx.AsyncClient) -> None:
    """Without a record ID two equal lines are two lines; with one they are a repeat."""
    await send(client, "logs", otlp.logs(otlp.log("twice", NOW), otlp.log("twice", NOW)))
    same = otlp.log("once", NOW, attributes={UID: "7"})
    await send(client, "logs", otlp.logs(same, same))

    assert sorted(await bodies(client)) == ["once", "twice", "twice"]


async def test_points_of_other_series_or_times_are_no_repeats(client: httpx.AsyncClient) -> None:
    """A point is known by its series and its time."""
    for request in (
        otlp.gauge("cpu", 1, NOW, core=1),
        otlp.gauge("cpu", 1, NOW, core=2),
        otlp.gauge("cpu", 1, NOW + 1, core=1),
        otlp.gauge("mem", 1, NOW, core=1),
    ):
        await send(client, "metrics", request)

    points = (await client.get("/api/metrics", params={"name": "cpu"})).json()["points"]
    assert sorted((point["attributes"] for point in points), key=lambda found: found["core"]) == [
        {"core": 1},
        {"core": 1},
        {"core": 2},
    ]


async def test_slices_go_with_age(opened: OpenStore) -> None:
    """After a restart late enough the old hour's file is gone, the young one is not."""
    opened.settings["retention_hours"] = 2
    async with opened as client:
        await send(client, "logs", otlp.logs(otlp.log("old", NOW)))
        opened.clock.now_ns = NOW + 2 * NANOS_PER_HOUR
        await send(client, "logs", otlp.logs(otlp.log("young", NOW + 2 * NANOS_PER_HOUR)))
    opened.clock.now_ns = NOW + 3 * NANOS_PER_HOUR
    async with opened as client:
        await send(client, "logs", otlp.logs(otlp.log("new", opened.clock.now_ns)))

        assert await bodies(client) == ["young", "new"]
    assert sorted(path.name for path in opened.folder.glob("*.duckdb*")) == [
        "20251124T18.duckdb",
        "20251124T19.duckdb",
    ]


async def test_everything_is_there_after_reopening(opened: OpenStore) -> None:
    """A restart opens the files that it finds."""
    async with opened as client:
        for hour in range(3):
            await send(client, "logs", otlp.logs(otlp.log(f"{hour}", NOW - hour * NANOS_PER_HOUR)))
    async with opened as client:
        assert await bodies(client) == ["2", "1", "0"]


async def test_an_unreadable_file_is_set_aside(
    opened: OpenStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """One broken hour does not keep the store from starting, and is deleted at its age only."""
    opened.folder.mkdir()
    (opened.folder / "20251124T15.duckdb").write_bytes(b"not a database" * 1000)
    async with opened as client:
        await send(client, "logs", otlp.logs(otlp.log("good", NOW)))
        assert await bodies(client) == ["good"]

    assert "set aside" in capsys.readouterr().err
    aside = opened.folder / "20251124T15.duckdb.unreadable"
    assert aside.exists()
    os.utime(aside, ns=(0, 0))
    async with opened:
        pass
    assert not aside.exists()


async def test_searching_by_every_field(client: httpx.AsyncClient) -> None:
    """Each parameter selects, and all of them together do."""
    attributes = {"user.id": "u1", "http.route": "/a~b", "n": 5, "exception.message": "Boom: 7"}
    await send(
        client,
        "logs",
        otlp.logs(
            otlp.log("Wanted", NOW, severity=17, trace_id=TRACE, attributes=attributes),
            service="auth",
            scope="auth.login",
        ),
    )
    await send(client, "logs", otlp.logs(otlp.log("other", NOW - 10)))
    filters = {
        "service": "auth",
        "severity": "warn",
        "text": "wANted",
        "scope": "auth.login",
        "trace_id": TRACE.hex(),
        "user": "u1",
        "attribute": "http.route=/a~b",
        "since": NOW,
        "limit": 5,
    }
    for name, value in filters.items():
        if name != "limit":
            assert await bodies(client, **{name: value}) == ["Wanted"]
    assert await bodies(client, **filters) == ["Wanted"]
    assert await bodies(client, attribute=["n=5", "user.id=u1"]) == ["Wanted"]
    assert await bodies(client, text="boom: 7") == ["Wanted"]
    assert await bodies(client, until=NOW - 1) == ["other"]
    assert await bodies(client, attribute="n=6") == []
    assert await bodies(client, severity="FATAL") == []


async def test_a_wrong_question_is_answered_with_a_problem(client: httpx.AsyncClient) -> None:
    """Errors are problem details that name the parameter."""
    answer = await client.get("/api/logs", params={"sevrity": "INFO"})

    assert (
        answer.status_code,
        answer.headers["content-type"],
    ) == (400, "application/problem+json")
    assert "sevrity" in answer.json()["detail"]


async def test_traces_are_listed_by_what_happened_in_them(client: httpx.AsyncClient) -> None:
    """Length, failure, services, records and root come from the spans and logs of the trace."""
    error = {"code": 2}
    await send(
        client,
        "traces",
        otlp.traces(
            otlp.span(TRACE, b"\2" * 8, NOW, name="child", parent_span_id=b"\1" * 8, status=error),
            service="auth",
        ),
    )
    await send(client, "traces", otlp.traces(otlp.span(TRACE, b"\1" * 8, NOW + 1, end=NOW + 10**9)))
    await send(client, "traces", otlp.traces(otlp.span(b"\3" * 16, b"\1" * 8, NOW - 1)))
    await send(client, "logs", otlp.logs(otlp.log("x", NOW, trace_id=TRACE)))

    async def ids(**params: Any) -> list[str]:
        answer = await client.get("/api/traces", params=params)
        return [trace["trace_id"][:2] for trace in answer.json()["traces"]]

    [failed] = (await client.get("/api/traces", params={"failed": "true"})).json()["traces"]
    assert {
        "trace_id": TRACE.hex(),
        "root_name": "work",
        "root_service": "gateway",
        "start_unix_nano": NOW,
        "duration_ns": 10**9,
        "span_count": 2,
        "log_count": 1,
        "error_count": 1,
        "services": ["auth", "gateway"],
    } == failed
    assert await ids() == ["01", "03"]
    assert await ids(min_duration_ms=500) == ["01"]
    assert await ids(service="auth") == ["01"]
    assert await ids(until=NOW - 1) == ["03"]
    assert await ids(limit=1) == ["01"]


async def test_a_trace_is_found_by_a_prefix_that_is_its_own(client: httpx.AsyncClient) -> None:
    """Unknown is 404, ambiguous is 409 and names the candidates, nonsense is 400."""
    for last in (1, 2):
        trace_id = b"\xab" * 15 + bytes([last])
        await send(client, "traces", otlp.traces(otlp.span(trace_id, b"\1" * 8, NOW)))

    async def status(wanted: str) -> int:
        return (await client.get(f"/api/traces/{wanted}")).status_code

    full = "ab" * 15 + "02"
    assert full == (await client.get(f"/api/traces/{full.upper()}")).json()["trace_id"]
    assert (await status("ab"), await status("ac"), await status("xy")) == (409, 404, 400)
    assert await status("ab" * 16) == 404
    assert full in (await client.get("/api/traces/ab")).json()["detail"]


async def test_services_are_counted_over_both_signals(client: httpx.AsyncClient) -> None:
    """Logs, spans and errors of both, and the first and last moment."""
    await send(client, "logs", otlp.logs(otlp.log("x", NOW, severity=17), otlp.log("y", NOW)))
    await send(client, "traces", otlp.traces(otlp.span(TRACE, b"\1" * 8, NOW + 1, end=NOW + 2)))
    await send(client, "traces", otlp.traces(otlp.span(TRACE, b"\2" * 8, NOW), service="auth"))

    auth, gateway = (await client.get("/api/services")).json()["services"]
    assert gateway == {
        "name": "gateway",
        "logs": 2,
        "spans": 1,
        "errors": 1,
        "first_seen": "2025-11-24T16:00:00.000000000Z",
        "last_seen": "2025-11-24T16:00:00.000000002Z",
    }
    assert (auth["name"], auth["logs"], auth["spans"]) == ("auth", 0, 1)


async def test_orphans_are_served_records_without_a_known_trace(client: httpx.AsyncClient) -> None:
    """A record of a request is an orphan until its trace has a span; start-up lines never are."""
    served = {"http.request.method": "GET"}
    message = {"messaging.destination.name": "events"}
    await send(
        client,
        "logs",
        otlp.logs(
            otlp.log("no trace", NOW, attributes=served),
            otlp.log("lost trace", NOW + 1, attributes=message, trace_id=b"\7" * 16),
            otlp.log("whole", NOW + 2, attributes=served, trace_id=TRACE),
            otlp.log("start-up", NOW + 3),
            otlp.log("start-up in a lost trace", NOW + 4, trace_id=b"\7" * 16),
        ),
    )
    await send(client, "logs", otlp.logs(otlp.log("access", NOW + 5), scope="uvicorn.access"))
    # The span lies in another hour than its record: slices are no borders.
    far = NOW - 3 * NANOS_PER_HOUR
    await send(client, "traces", otlp.traces(otlp.span(TRACE, b"\1" * 8, far)))

    found = (await client.get("/api/summary")).json()
    assert (
        found["traces"],
        found["spans"],
        found["logs"],
        found["orphan_logs"],
    ) == (1, 1, 6, 3)
    assert [record["body"] for record in found["orphans"]] == ["no trace", "lost trace", "access"]
    assert found["services"] == ["gateway"]


async def test_an_empty_store_answers(client: httpx.AsyncClient) -> None:
    """Before the first record every question has an answer."""
    assert (await client.get("/api/summary")).json()["logs"] == 0
    for path in ("logs", "traces", "services", "metrics"):
        assert (await client.get(f"/api/{path}")).status_code == 200
    assert (await client.post("/api/scan", json={"needles": ["x"]})).json()["findings"] == []
