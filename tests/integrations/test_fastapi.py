"""FastAPI integration, with the real framework and, where it matters, the real server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import uvicorn
from asgi_lifespan import LifespanManager
from fastapi import BackgroundTasks, Depends, FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from opentelemetry.propagate import get_global_textmap, inject, set_global_textmap
from opentelemetry.trace import SpanKind, StatusCode
from starlette.middleware.base import BaseHTTPMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from otel_logging import semconv
from otel_logging.integrations import fastapi as integration
from otel_logging.integrations.unhandled import mark_logged
from otel_logging.launcher.propagation import GuardedPropagator

log = logging.getLogger("shop")

STRANGER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    integration.instrument()
    yield
    integration.uninstrument()


def make_app() -> FastAPI:
    """Make an app with the routes that the tests ask for."""
    app = FastAPI()

    @app.get("/items/{item_id}")
    async def item(item_id: str, pause: float = 0) -> str:
        log.info("before %s", item_id)
        await asyncio.sleep(pause)
        log.info("after %s", item_id)
        return item_id

    @app.get("/thread/{item_id}")
    def thread(item_id: str) -> str:
        log.info("in a thread")
        integration.set_user("from-a-thread", ["clerk"])
        return item_id

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> None:
        tasks.add_task(log.info, "in the background")

    @app.get("/broken")
    async def broken() -> None:
        raise LookupError("no such thing")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            for number in range(3):
                log.info("chunk %d", number)
                yield b"%d" % number

        return StreamingResponse(chunks())

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    return app


@asynccontextmanager
async def client_of(app: object) -> AsyncIterator[httpx.AsyncClient]:
    """Call an app in process; its exceptions become the responses that a server would send."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.7", 5000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


@asynccontextmanager
async def served(app: FastAPI, root_path: str = "") -> AsyncIterator[str]:
    """Serve an app with uvicorn on a free port; yields the URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, root_path=root_path))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


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


async def test_unhandled_exception_is_logged_once(records, spans) -> None:
    """R1.1: one traceback, with the trace ID that the 500 response carries."""
    app = make_app()
    async with served(app) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/broken")

    (record,) = [each for each in records.written if each.exception is not None]
    assert response.status_code == 500
    assert isinstance(record.exception, LookupError)
    assert record.level == logging.ERROR
    assert record.trace_id == response.headers["x-trace-id"]
    assert record.attributes["http.route"] == "/broken"
    (server,) = spans.get_finished_spans()
    assert server.status.status_code is StatusCode.ERROR


async def test_exception_that_the_app_has_logged(records, spans) -> None:
    """R3.1: an app that logs exceptions with a severity of its own gets no second record."""
    app = make_app()

    @app.exception_handler(Exception)
    async def handle(_request: Request, error: Exception) -> StreamingResponse:
        log.warning("dependency failed", exc_info=error)
        mark_logged(error)
        return StreamingResponse(iter([b"sorry"]), status_code=503)

    async with served(app) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/broken")

    (record,) = [each for each in records.written if each.exception is not None]
    assert (record.logger, response.status_code) == ("shop", 503)
    assert record.trace_id == response.headers["x-trace-id"]


async def test_access_log_carries_the_request_and_the_user(records, spans) -> None:
    """R1.1: uvicorn's access line has trace, route, and the user found in a worker thread."""
    async with served(make_app()) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/thread/1")

    (record,) = records.by("uvicorn.access")
    assert record.trace_id == response.headers["x-trace-id"]
    assert record.attributes["http.route"] == "/thread/{item_id}"
    assert record.attributes["user.id"] == "from-a-thread"
    assert record.attributes["user.roles"] == ["clerk"]


async def test_user_does_not_outlive_the_request(records, spans) -> None:
    """The next request starts without a user."""
    async with client_of(make_app()) as client:
        await client.get("/thread/1")
        await client.get("/items/1")

    assert "user.id" not in records.by("shop")[-1].attributes


async def test_user_follows_outgoing_calls(records, spans) -> None:
    """R1.6: the user set by a dependency is on records and span, and goes along as baggage."""
    app = FastAPI()
    sent: dict[str, str] = {}

    async def user() -> None:
        integration.set_user("u-1", ["admin", "clerk"])

    @app.get("/me", dependencies=[Depends(user)])
    async def me() -> None:
        log.info("hello")
        inject(sent)

    with guarded(edge=False):
        async with client_of(app) as client:
            await client.get("/me")

    (record,) = records.by("shop")
    (server,) = spans.get_finished_spans()
    assert record.attributes["user.id"] == server.attributes["user.id"] == "u-1"
    assert record.attributes["user.roles"] == ["admin", "clerk"]
    assert server.attributes["user.roles"] == ("admin", "clerk")
    assert dict(pair.split("=") for pair in sent["baggage"].split(",")) == {
        "user.id": "u-1",
        "user.roles": "admin%2Cclerk",
    }


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


async def test_mounted_app(records, spans) -> None:
    """A mounted app that is instrumented too belongs to the outer request."""
    outer = FastAPI()
    outer.mount("/inner", make_app())

    @outer.middleware("http")
    async def around(request: Request, call_next):
        response = await call_next(request)
        log.info("served")
        return response

    async with served(outer, root_path="/proxy") as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/inner/thread/3")

    last = records.by("shop")[-1]
    assert response.headers.get_list("x-trace-id") == [last.trace_id]
    assert last.attributes["http.route"] == "/inner/thread/{item_id}"
    assert last.attributes["user.id"] == "from-a-thread"


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


async def test_app_that_has_served_already(records, spans) -> None:
    """`instrument_app` reaches an app whose middleware was built before."""
    integration.uninstrument()
    app = make_app()
    async with client_of(app) as client:
        before = await client.get("/items/1")
        integration.instrument_app(app)
        after = await client.get("/items/1")

    assert "x-trace-id" not in before.headers
    assert after.headers["x-trace-id"] == records.by("shop")[-1].trace_id


async def test_uninstrument_leaves_nothing(records, spans) -> None:
    """After `uninstrument` an app serves as if it had never been instrumented."""
    app = make_app()
    async with client_of(app) as client:
        await client.get("/items/1")
        spans.clear()
        integration.uninstrument()
        response = await client.get("/items/1")

    assert "x-trace-id" not in response.headers
    assert records.by("shop")[-1].attributes == {}


async def test_instrumenting_twice_changes_nothing(records, spans) -> None:
    """One `uninstrument` takes back what two `instrument` did."""
    integration.instrument()
    integration.uninstrument()
    async with client_of(make_app()) as client:
        response = await client.get("/items/1")

    assert "x-trace-id" not in response.headers


async def test_lifespan_passes(records, spans) -> None:
    """Start and stop of the app are not requests."""
    app = make_app()
    async with LifespanManager(app):
        log.info("running")

    assert records.by("shop")[0].attributes == {}
    assert spans.get_finished_spans() == ()


async def test_websocket_passes(records, spans) -> None:
    """WebSocket messages go through as they are."""
    incoming = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "ping"},
    ]
    outgoing: list[dict[str, object]] = []

    async def receive():
        return incoming.pop(0)

    async def send(message) -> None:
        outgoing.append(message)

    scope = {"type": "websocket", "path": "/socket", "headers": [], "query_string": b""}
    await make_app()(scope, receive, send)

    assert [message["type"] for message in outgoing] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert outgoing[1]["text"] == "ping"


@contextmanager
def guarded(*, edge: bool) -> Iterator[None]:
    """Propagate as the launcher sets it up."""
    before = get_global_textmap()
    keys = ("user.id", "user.roles")
    set_global_textmap(GuardedPropagator(before, keys, edge=edge, redact=dict))
    yield
    set_global_textmap(before)


async def test_edge_starts_a_new_trace(records, spans) -> None:
    """R1.6: at the edge a stranger's trace context is not continued, nor their baggage taken."""
    headers = {"traceparent": STRANGER, "baggage": "user.id=admin"}
    with guarded(edge=True):
        async with client_of(make_app()) as client:
            response = await client.get("/items/1", headers=headers)

    (server,) = spans.get_finished_spans()
    assert server.parent is None
    assert response.headers["x-trace-id"] != STRANGER.split("-")[1]
    assert "user.id" not in records.by("shop")[0].attributes
