"""What records, spans and responses say about a request."""

from __future__ import annotations

import asyncio
import logging

import httpx
from asgi_lifespan import LifespanManager
from fastapi import Request
from opentelemetry.trace import SpanKind
from starlette.middleware.base import BaseHTTPMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from otel_logging import semconv
from tests.integrations.fastapi.shop import client_of, log, make_app, served


async def test_records_carry_the_request(records, spans) -> None:
    """R1.3: a record written while serving has route, method, client and caller."""
    headers = {"User-Agent": "browser " * 100, "X-Request-Id": "r" * 500}
    async with client_of(make_app()) as client:
        response = await client.get("/items/7", headers=headers)

    (server,) = spans.get_finished_spans()
    record = records.by("shop")[0]
    assert record.attributes == {
        "http.request.method": "GET",
        "url.path": "/items/7",
        "http.route": "/items/{item_id}",
        "client.address": "192.0.2.7",
        "user_agent.original": ("browser " * 100)[:256],
        semconv.HTTP_REQUEST_HEADER_X_REQUEST_ID: ["r" * 128],
    }
    assert record.trace_id == f"{server.context.trace_id:032x}"
    assert record.span_id == f"{server.context.span_id:016x}"
    assert response.headers["x-trace-id"] == record.trace_id


async def test_only_the_server_span(spans) -> None:
    """Neither ASGI `send` nor `receive` gets a span."""
    async with client_of(make_app()) as client:
        await client.get("/stream")

    assert [(span.name, span.kind) for span in spans.get_finished_spans()] == [
        ("GET /stream", SpanKind.SERVER)
    ]


async def test_streaming(records, spans) -> None:
    """Chunks come out as they went in, and what the generator logs belongs to the request."""
    async with client_of(make_app()) as client:
        response = await client.get("/stream")

    assert response.text == "012"
    assert {record.attributes["http.route"] for record in records.by("shop")} == {"/stream"}
    assert {record.trace_id for record in records.by("shop")} == {response.headers["x-trace-id"]}


async def test_background_task(records, spans) -> None:
    """R1.6: a background task still has the request's attributes and trace."""
    async with client_of(make_app()) as client:
        response = await client.get("/background")

    (record,) = records.by("shop")
    assert record.attributes["http.route"] == "/background"
    assert record.trace_id == response.headers["x-trace-id"]


async def test_concurrent_requests_never_mix(records, spans) -> None:
    """R1.6: of 50 interleaved requests each record has its own path and trace."""
    async with client_of(make_app()) as client:
        calls = [client.get(f"/items/{n}", params={"pause": 0.05}) for n in range(50)]
        responses = await asyncio.gather(*calls)

    written = records.by("shop")
    # All had started before the first went on: they were interleaved indeed.
    assert [record.body.split()[0] for record in written] == ["before"] * 50 + ["after"] * 50
    traces = {response.json(): response.headers["x-trace-id"] for response in responses}
    assert len(set(traces.values())) == 50
    for record in written:
        number = record.body.split()[1]
        assert record.attributes["url.path"] == f"/items/{number}"
        assert record.trace_id == traces[number]


async def test_access_log_carries_the_request_and_the_user(records, spans) -> None:
    """R1.1: uvicorn's access line has trace, route, and the user found in a worker thread."""
    async with served(make_app()) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/thread/1")

    (record,) = records.by("uvicorn.access")
    assert record.trace_id == response.headers["x-trace-id"]
    assert record.attributes["http.route"] == "/thread/{item_id}"
    assert record.attributes["user.id"] == "from-a-thread"
    assert record.attributes["user.roles"] == ["clerk"]


async def test_forwarded_address_is_not_believed(records, spans) -> None:
    """A stranger's X-Forwarded-For changes nothing; a proxy named to the server is believed."""
    app = make_app()
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    proxied = ProxyHeadersMiddleware(app, trusted_hosts="192.0.2.7")
    async with client_of(app) as direct, client_of(proxied) as by_proxy:
        await direct.get("/items/1", headers=forwarded)
        await by_proxy.get("/items/1", headers=forwarded)

    addresses = [record.attributes["client.address"] for record in records.by("shop")]
    assert addresses == ["192.0.2.7", "192.0.2.7", "203.0.113.9", "203.0.113.9"]


async def test_outer_middleware_knows_the_route(records, spans) -> None:
    """The app's own middlewares are inside: their records have the route, too."""
    app = make_app()

    async def around(request: Request, call_next):
        log.info("around")
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=around)
    async with client_of(app) as client:
        await client.get("/items/3")

    assert records.by("shop")[0].attributes["http.route"] == "/items/{item_id}"


async def test_lifespan_passes(records, spans) -> None:
    """Start and stop of the app are not requests."""
    app = make_app()
    async with LifespanManager(app):
        log.info("running")

    assert records.by("shop")[0].attributes == {}
    assert spans.get_finished_spans() == ()


async def _talk(text: str, outgoing: list[dict[str, object]]) -> None:
    """Open a WebSocket and send a text."""
    incoming = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": text}]

    async def receive():
        return incoming.pop(0)

    async def send(message) -> None:
        outgoing.append(message)

    scope = {
        "type": "websocket",
        "path": "/socket",
        "headers": [],
        "query_string": b"",
        "client": ("192.0.2.7", 50_412),
    }
    await make_app()(scope, receive, send)


async def test_websocket_passes(records, spans) -> None:
    """Its messages go through as they are; records say which socket they belong to."""
    outgoing: list[dict[str, object]] = []
    await _talk("ping", outgoing)

    (record,) = records.by("shop")
    assert [message["type"] for message in outgoing] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert outgoing[1]["text"] == "ping"
    assert record.trace_id == f"{spans.get_finished_spans()[-1].context.trace_id:032x}"
    assert record.attributes == {
        "http.request.method": "GET",
        "url.path": "/socket",
        "http.route": "/socket",
        "client.address": "192.0.2.7",
    }


async def test_an_unhandled_exception_of_a_websocket_is_logged_once(records, spans) -> None:
    """R1.1: with the trace; the server's own line, which has none, is dropped."""
    try:
        await _talk("fail", [])
    except LookupError as error:
        # What uvicorn does, after the span has ended.
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)

    (record,) = [each for each in records.written if each.exception is not None]
    assert record.trace_id == f"{spans.get_finished_spans()[-1].context.trace_id:032x}"
    assert record.attributes["url.path"] == "/socket"
