"""The gateway when what it depends on fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Response
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext

from services.gateway.app import create_app
from services.gateway.orders import Order, OrderBook, Outcome
from services.gateway.settings import Settings
from tests.services.conftest import ALICE, ORDER
from tests.services.running import DEADLINE, client_of, served


@asynccontextmanager
async def gateway_before(
    auth_url: str, nowhere: str, patience: float = DEADLINE
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway with this auth-service, and neither event-service nor broker."""
    settings = Settings(
        auth_url=auth_url,
        event_url=f"http://{nowhere}",
        amqp_url=f"amqp://{nowhere}/",
        request_timeout=patience,
    )
    async with client_of(create_app(settings)) as client:
        yield client


def misbehaving(answer: Response | None) -> FastAPI:
    """A service that gives everybody the same answer, or never any."""
    app = FastAPI(title="misbehaving")

    @app.post("/{path:path}")
    async def any_path(path: str) -> Response:
        if answer is None:
            await asyncio.Event().wait()
        return answer

    return app


async def test_health_without_broker(nowhere: str):
    """The gateway starts, serves and stops without its broker, and says so."""
    async with gateway_before(f"http://{nowhere}", nowhere) as gateway:
        answer = await gateway.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "broker": "away"})


async def test_dependency_away(nowhere: str):
    """Nobody listens: 503."""
    async with gateway_before(f"http://{nowhere}", nowhere) as gateway:
        answer = await gateway.post("/auth/login", json=ALICE)

    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    # FastAPI makes a trace of its own where the process has a tracer provider.
    problem.pop("trace_id", None)
    assert problem == {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "auth-service cannot be reached",
    }


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (Response(status_code=500), 502),
        (Response(status_code=404), 502),
        (Response("no JSON"), 502),
        (Response('{"access_token": 1}'), 502),
        (Response(status_code=503), 503),
        (Response(status_code=504), 504),
        (None, 504),
    ],
    ids=["error", "not found", "no JSON", "other JSON", "busy", "late behind it", "late"],
)
async def test_dependency_fails(nowhere: str, wrong: Response | None, status: int):
    """A late, wrong or unreadable answer becomes problem details of its class."""
    async with (
        served(misbehaving(wrong)) as url,
        gateway_before(url, nowhere, DEADLINE if wrong else 1) as gateway,
    ):
        answer = await gateway.post("/auth/login", json=ALICE)

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["detail"].startswith("auth-service ")


async def test_problem_carries_the_trace_id(nowhere: str):
    """Where there is a trace, the problem names it."""
    span = NonRecordingSpan(SpanContext(trace_id=0xABC, span_id=1, is_remote=False))
    # Where the process has a tracer provider, FastAPI goes by the header.
    headers = {"traceparent": f"00-{0xABC:032x}-{1:016x}-01"}
    async with gateway_before(f"http://{nowhere}", nowhere) as gateway:
        with trace.use_span(span):
            answer = await gateway.post("/auth/login", json=ALICE, headers=headers)

    assert answer.json()["trace_id"] == f"{0xABC:032x}"


async def test_failure_is_logged_once(nowhere: str, caplog: pytest.LogCaptureFixture):
    """One error record names the service, the status and the cause."""
    async with gateway_before(f"http://{nowhere}", nowhere) as gateway:
        await gateway.post("/auth/login", json=ALICE)

    errors = [vars(r) for r in caplog.records if r.name == "services.gateway.failures"]
    assert [
        (e["levelname"], e["service.peer.name"], e["http.response.status_code"]) for e in errors
    ] == [("ERROR", "auth-service", 503)]
    assert isinstance(errors[0]["exc_info"][1].__cause__, httpx.ConnectError)


async def test_bug_becomes_a_problem(nowhere: str, caplog: pytest.LogCaptureFixture):
    """An exception that nobody foresaw is 500 without a word of what it was."""
    settings = Settings(
        auth_url=f"http://{nowhere}", event_url=f"http://{nowhere}", amqp_url=f"amqp://{nowhere}/"
    )
    app = create_app(settings)

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("secret detail")

    async with client_of(app) as gateway:
        answer = await gateway.get("/bug")

    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "secret detail" not in answer.text


async def test_order_without_event_service(auth_app: FastAPI, nowhere: str):
    """With event-service away an order is refused with 503 and not remembered."""
    async with (
        served(auth_app) as url,
        gateway_before(url, nowhere) as gateway,
    ):
        await gateway.post("/auth/register", json=ALICE)
        token = (await gateway.post("/auth/login", json=ALICE)).json()["access_token"]
        user = {"Authorization": f"Bearer {token}"}
        answer = await gateway.post("/orders", json=ORDER, headers=user)

    assert (answer.status_code, answer.json()["status"]) == (503, 503)


def test_order_book_is_bounded():
    """With one order too many the oldest is forgotten, and only that."""
    book = OrderBook(2)
    for number in "123":
        book.place(Order(id=number, owner="alice"))

    assert [book.of_owner(number, "alice") is not None for number in "123"] == [False, True, True]
    assert book.settle(Outcome(order_id="1", status="completed")) is None


def test_withdrawn_order_is_forgotten():
    """An order that could not be passed on is not there any more."""
    book = OrderBook(2)
    book.place(Order(id="1", owner="alice"))
    book.withdraw("1")

    assert book.of_owner("1", "alice") is None
