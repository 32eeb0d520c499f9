"""The request log: start, end, sizes, captured bodies, and what it leaves alone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from otel_logging import SettingsError
from otel_logging.integrations.fastapi import RequestLog, RequestLogSettings
from otel_logging.redaction import ActiveEngine, Engine, load_policy, parse_policy
from otel_logging.redaction.active import put_in_force
from tests.integrations.fastapi.shop import client_of

EVERYTHING = RequestLogSettings(
    parts=frozenset({"query", "request_body", "response_body"}), limit=200, most=5000
)
CARD = "4539 1488 0343 6467"


def app_with(settings: RequestLogSettings) -> FastAPI:
    """An app that echoes, streams, fails and waits."""
    app = FastAPI()
    app.add_middleware(RequestLog, settings=settings)

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        body = await request.body()
        return Response(body, media_type=request.headers.get("content-type"))

    @app.post("/upload")
    async def upload(request: Request) -> list[int]:
        return [len(chunk) async for chunk in request.stream()]

    @app.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            for number in range(3):
                request.app.state.sent = number
                yield b"%d" % number

        return StreamingResponse(chunks(), media_type="text/event-stream")

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(0.05)

    return app


@asynccontextmanager
async def calling(
    settings: RequestLogSettings = EVERYTHING,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that app."""
    async with client_of(app_with(settings)) as client:
        yield client


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def told(caplog: pytest.LogCaptureFixture, which: str = "finished") -> dict[str, Any]:
    """The attributes of the one event of its kind."""
    name = f"http.server.request.{which}"
    (record,) = [r for r in map(vars, caplog.records) if r.get("otel.event.name") == name]
    return record


async def test_start_and_end(caplog) -> None:
    """R3.1: each request is told twice, with status, duration and sizes, and nothing captured."""
    async with calling(RequestLogSettings()) as client:
        await client.post("/echo?token=t0k3n", json={"password": "hunter2"})

    started, finished = told(caplog, "started"), told(caplog)
    assert started["http.request.body.size"] == len('{"password":"hunter2"}')
    assert finished["http.response.status_code"] == 200
    assert finished["http.server.request.duration"] > 0
    assert finished["http.response.body.size"] == started["http.request.body.size"]
    everything = f"{started} {finished}"
    assert "hunter2" not in everything
    assert "t0k3n" not in everything


async def test_json_is_captured_as_a_structure(caplog) -> None:
    """A short body stays structured, so that rules by key and path reach every leaf."""
    body = {"item": "lamp", "card": {"number": CARD}}
    async with calling() as client:
        await client.post("/echo?page=2", json=body)

    assert told(caplog, "started")["url.query"] == "page=2"
    finished = told(caplog)
    assert finished["http.request.body.content"] == body
    assert finished["http.response.body.content"] == body
    assert finished["http.request.body.truncated"] is False


async def test_form_is_captured_by_field(caplog) -> None:
    """A form is a structure as well."""
    async with calling() as client:
        await client.post("/echo", data={"user": "alice", "password": "hunter2"})

    expected = {"user": ["alice"], "password": ["hunter2"]}
    assert told(caplog)["http.request.body.content"] == expected


@pytest.mark.parametrize("offset", range(170, 205, 3))
async def test_redaction_comes_before_the_cut(caplog, offset: int) -> None:
    """Wherever the limit falls, no piece of a secret is left at the end."""
    padding = "x" * (offset - len('{"padding": "", "note": "card '))
    body = {"padding": padding, "note": f"card {CARD} of alice", "more": "y" * 100}
    async with calling() as client:
        await client.post("/echo", json=body)

    finished = told(caplog)
    content = finished["http.request.body.content"]
    assert finished["http.request.body.truncated"] is True
    assert content.endswith("…")
    assert len(content) == 201
    assert CARD[:5] not in content
    assert "4539" not in content


async def test_long_query_is_redacted_before_the_cut(caplog) -> None:
    """The same holds for the query."""
    query = f"pad={'x' * 170}&note=card+4539148803436467+of+alice"
    async with calling() as client:
        await client.post(f"/echo?{query}", content=b"")

    assert "4539" not in told(caplog, "started")["url.query"]


async def test_what_is_cut_follows_new_rules(caplog) -> None:
    """R2.4: once the process has other rules, a cut body is redacted by them."""
    active = ActiveEngine(Engine(load_policy()))
    put_in_force(active)
    try:
        async with calling() as client:
            await client.post("/echo", json={"badge": "B-77120", "more": "y" * 300})
            before = told(caplog)["http.request.body.content"]
            caplog.clear()
            rules = "version: 1\nkeys: [{name: badge, match: [badge]}]\n"
            active.replace(Engine(parse_policy(rules)))
            await client.post("/echo", json={"badge": "B-77120", "more": "y" * 300})
    finally:
        put_in_force(None)

    assert "B-77120" in before
    assert "B-77120" not in told(caplog)["http.request.body.content"]


async def test_what_is_too_long_to_redact_is_not_captured(caplog) -> None:
    """Beyond the bytes that are held, only the size is told."""
    async with calling() as client:
        answer = await client.post("/echo", json={"text": "x" * 6000})

    finished = told(caplog)
    assert len(answer.content) == finished["http.request.body.size"] > 6000
    assert finished["http.request.body.content"] == f"[not captured: {len(answer.content)} bytes]"
    assert finished["http.request.body.truncated"] is True


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "multipart/form-data; boundary=b"},
        {"content-type": "application/octet-stream"},
        {},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
    ids=str,
)
async def test_other_bodies_are_not_captured(caplog, headers: dict[str, str]) -> None:
    """Of uploads, of what is compressed, and of unknown types only the size is told."""
    async with calling() as client:
        await client.post("/echo", content=b"secret-content", headers=headers)

    finished = told(caplog)
    assert finished["http.request.body.size"] == len(b"secret-content")
    assert "http.request.body.content" not in finished


async def test_broken_json_is_text(caplog) -> None:
    """What only claims to be JSON is captured as it is."""
    async with calling() as client:
        await client.post(
            "/echo", content=b'{"a": \xff', headers={"content-type": "application/json"}
        )

    assert told(caplog)["http.request.body.content"] == '{"a": \ufffd'


async def test_upload_passes_in_its_pieces(caplog) -> None:
    """A body of unknown length is counted piece by piece, and not gathered."""

    async def pieces() -> AsyncIterator[bytes]:
        for size in (10, 20, 30):
            yield b"x" * size

    async with calling() as client:
        answer = await client.post("/upload", content=pieces())

    assert [size for size in answer.json() if size] == [10, 20, 30]
    assert told(caplog)["http.request.body.size"] == 60
    assert "http.request.body.size" not in told(caplog, "started")


async def test_stream_is_not_held_back() -> None:
    """Each piece of a streamed response goes out before the next is made."""
    app = app_with(EVERYTHING)
    seen = []

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            seen.append((message["body"], app.state.sent))

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/stream",
        "raw_path": b"/stream",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
        "scheme": "http",
        "http_version": "1.1",
    }
    await app(scope, receive, send)

    assert seen == [(b"0", 0), (b"1", 1), (b"2", 2)]


async def test_exception_is_told_as_500(caplog) -> None:
    """A request that ends by an exception ends in the log too."""
    async with calling() as client:
        answer = await client.get("/broken")

    finished = told(caplog)
    assert (answer.status_code, finished["http.response.status_code"]) == (500, 500)
    assert finished["levelname"] == "ERROR"


@pytest.mark.parametrize(("threshold", "lines"), [(0.01, 1), (60, 0)])
async def test_slow_request(caplog, threshold: float, lines: int) -> None:
    """What takes longer than the threshold is said so, at WARNING; all else is not."""
    async with calling(RequestLogSettings(slow=threshold)) as client:
        await client.get("/slow")

    slow = [r for r in caplog.records if r.message == "slow request"]
    assert [r.levelname for r in slow] == ["WARNING"] * lines


async def test_records_carry_the_request(records, spans) -> None:
    """The events are part of the request: trace, route and client stand on them."""
    async with calling() as client:
        answer = await client.post("/echo", json={})

    both = [r for r in records.written if r.body.startswith("request ")]
    assert [r.body for r in both] == ["request started", "request finished"]
    assert {r.trace_id for r in both} == {answer.headers["x-trace-id"]}
    assert {r.attributes["http.route"] for r in both} == {"/echo"}


def test_settings_from_the_environment() -> None:
    """What the variables say is what is captured; nothing is by default."""
    settings = RequestLogSettings.from_environ(
        {
            "OTLOG_CAPTURE": "query, response_body",
            "OTLOG_CAPTURE_TYPES": "text/csv",
            "OTLOG_CAPTURE_LIMIT": "10",
            "OTLOG_SLOW_REQUEST": "0.5",
        }
    )

    assert settings == RequestLogSettings(
        parts=frozenset({"query", "response_body"}),
        types=frozenset({"text/csv"}),
        limit=10,
        slow=0.5,
    )
    assert RequestLogSettings.from_environ({}) == RequestLogSettings()
    assert not RequestLogSettings().parts
    assert RequestLogSettings.from_environ({"OTLOG_CAPTURE": "off"}).parts == frozenset()
    assert len(RequestLogSettings.from_environ({"OTLOG_CAPTURE": "all"}).parts) == 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTLOG_CAPTURE", "everything"),
        ("OTLOG_CAPTURE_LIMIT", "0"),
        ("OTLOG_CAPTURE_LIMIT", "1.5"),
        ("OTLOG_SLOW_REQUEST", "nan"),
    ],
)
def test_wrong_settings_are_refused(variable: str, value: str) -> None:
    """A wrong variable is named."""
    with pytest.raises(SettingsError, match=variable):
        RequestLogSettings.from_environ({variable: value})


async def test_json_stays_what_the_caller_sent() -> None:
    """Capturing changes no byte on the way."""
    text = json.dumps({"b": [1, {"c": CARD}], "a": "é" * 300}).encode()
    async with calling() as client:
        answer = await client.post(
            "/echo", content=text, headers={"content-type": "application/json"}
        )

    assert answer.content == text
