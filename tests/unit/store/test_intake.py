"""What the intake takes, refuses and answers."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_logging.store.settings import NANOS_PER_HOUR
from tests.store import otlp
from tests.unit.store.conftest import NOW

LOG = otlp.logs(otlp.log("hello", NOW)).SerializeToString()


async def test_the_answer_has_the_encoding_of_the_request(client: httpx.AsyncClient) -> None:
    """Protobuf is answered in Protobuf, JSON in JSON; nothing refused is an empty answer."""
    binary = await client.post("/v1/logs", content=LOG)
    text = await client.post("/v1/logs", content=b'{"resourceLogs": []}', headers=otlp.JSON)

    assert (
        binary.status_code,
        binary.headers["content-type"],
        binary.content,
    ) == (200, "application/x-protobuf", b"")
    assert (
        text.status_code,
        text.headers["content-type"],
        text.json(),
    ) == (200, "application/json", {})


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "text/plain"}, LOG, 415),
        ({"content-encoding": "zstd"}, LOG, 415),
        ({"content-encoding": "gzip"}, LOG, 400),
        ({"content-encoding": "gzip"}, gzip.compress(LOG, mtime=0)[:-9], 400),
        ({"content-encoding": "gzip"}, gzip.compress(b"\0" * 40_000_000, mtime=0), 413),
        ({}, b"\0" * 32_000_001, 413),
        ({}, b"\xff\xff", 400),
        ({}, b"\x0a\x05hi", 400),
        (otlp.JSON, b"{", 400),
    ],
)
async def test_a_request_that_cannot_be_taken_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], content: bytes, status: int
) -> None:
    """Each refusal has its status code, and a Status message that says why."""
    answer = await client.post("/v1/logs", content=content, headers=headers)

    assert status == answer.status_code
    if answer.headers["content-type"] == "application/json":
        assert answer.json()["message"]
    else:
        assert Status.FromString(answer.content).message


async def test_gzip_of_several_members_is_whole(client: httpx.AsyncClient) -> None:
    """RFC 1952 allows members one after another."""
    content = gzip.compress(LOG[:5]) + gzip.compress(LOG[5:])

    answer = await client.post("/v1/logs", content=content, headers={"content-encoding": "gzip"})

    assert answer.status_code == 200
    assert len((await client.get("/api/logs")).json()["records"]) == 1


async def test_records_out_of_range_are_a_partial_success(client: httpx.AsyncClient) -> None:
    """What retention would delete at once, or is a day ahead, is refused and counted."""
    week = 168 * NANOS_PER_HOUR
    records = [otlp.log(str(at), at) for at in (NOW - week - 1, NOW - week, NOW, NOW + week)]

    answer = await client.post("/v1/logs", content=otlp.logs(*records).SerializeToString())

    partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_log_records) == (200, 2)
    assert "older than the retention" in partial.error_message
    kept = (await client.get("/api/logs", params={"order": "asc"})).json()["records"]
    assert [str(NOW - week), str(NOW)] == [record["body"] for record in kept]


async def test_a_span_without_ids_is_a_partial_success(client: httpx.AsyncClient) -> None:
    """An invalid span is refused alone."""
    spans = [otlp.span(b"\1" * 16, b"\2" * 8, NOW), otlp.span(b"", b"", NOW)]

    answer = await client.post("/v1/traces", content=otlp.traces(*spans).SerializeToString())

    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 1)
    assert (await client.get("/api/summary")).json()["spans"] == 1


async def test_a_record_without_time_gets_the_time_of_arrival(client: httpx.AsyncClient) -> None:
    """OTLP allows a record to know neither its time nor when it was observed."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add()

    await client.post("/v1/logs", content=request.SerializeToString())

    [record] = (await client.get("/api/logs")).json()["records"]
    assert (
        record["timestamp"],
        record["service"],
        record["severity"],
        record["body"],
    ) == ("2025-11-24T16:00:00.000000000Z", "unknown_service", "INFO", None)


@pytest.mark.parametrize(
    "body", ["plain", "nul\0byte", "한글 🙂", {"a": [1, None, True]}, [1.5], 7, b"\xff\0", None]
)
async def test_a_body_keeps_its_structure(client: httpx.AsyncClient, body: object) -> None:
    """Strings stay strings, structures stay structures, bytes are base64."""
    await client.post("/v1/logs", content=otlp.logs(otlp.log(body, NOW)).SerializeToString())

    [record] = (await client.get("/api/logs")).json()["records"]
    expected = "/wA=" if isinstance(body, bytes) else body
    assert expected == record["body"]


async def test_extreme_numbers_do_no_harm(client: httpx.AsyncClient) -> None:
    """Values outside a column's range are capped, not refused with their whole request."""
    record = otlp.log("x", NOW, observed_time_unix_nano=2**64 - 1, severity=0)
    record.severity_number = 2**31 - 1  # type: ignore[assignment]
    span = otlp.span(b"\1" * 16, b"\2" * 8, NOW, end=2**64 - 1, kind=77)

    for path, request in (("logs", otlp.logs(record)), ("traces", otlp.traces(span))):
        answer = await client.post(f"/v1/{path}", content=request.SerializeToString())
        assert (answer.status_code, answer.content) == (200, b"")


async def test_a_trace_in_json_is_read_back(client: httpx.AsyncClient) -> None:
    """A trace sent as JSON by hand is found by the start of its hex ID."""
    span = {
        "traceId": "4BF92F3577B34DA6A3CE929D0E0E4736",
        "spanId": "00f067aa0ba902b7",
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": str(NOW),
        "endTimeUnixNano": str(NOW + 5),
        "status": {"code": 2, "message": "no"},
        "events": [{"name": "e", "timeUnixNano": str(NOW + 1)}],
        "links": [{"traceId": "aa" * 16, "spanId": "bb" * 8}],
    }
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}

    answer = await client.post("/v1/traces", content=json.dumps(document), headers=otlp.JSON)

    assert answer.status_code == 200
    [found] = (await client.get("/api/traces/4bf9")).json()["spans"]
    assert (
        found["trace_id"],
        found["kind"],
        found["parent_span_id"],
    ) == ("4bf92f3577b34da6a3ce929d0e0e4736", "SERVER", None)
    assert found["status"] == {"code": "ERROR", "message": "no"}
    assert found["events"] == [{"name": "e", "time_unix_nano": NOW + 1, "attributes": {}}]
    assert found["links"][0]["trace_id"] == "aa" * 16
