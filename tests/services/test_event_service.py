"""event-service on a real RabbitMQ and a real auth-service."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from fastapi import FastAPI

from services.event_service.app import create_app
from services.event_service.settings import Settings
from stack.rabbitmq import RabbitMQ
from tests.services.conftest import ALICE, ORDER, connected
from tests.services.running import client_of, served, until

pytestmark = pytest.mark.rabbitmq


@asynccontextmanager
async def event_service(amqp_url: str, auth_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an event-service that has its broker."""
    settings = Settings(amqp_url=amqp_url, auth_url=auth_url, retry_pause=0.05)
    async with client_of(create_app(settings)) as client:
        await connected(client)
        yield client


class Observer:
    """Sees outcomes and dead letters, as other programs on the broker would."""

    def __init__(self, outcomes: AbstractQueue, dead_letters: AbstractQueue) -> None:
        self.outcomes = outcomes
        self.dead_letters = dead_letters

    async def outcome(self) -> dict[str, Any]:
        """The next outcome."""
        return json.loads((await self._next(self.outcomes)).body)

    async def dead_letter(self) -> AbstractIncomingMessage:
        """The next dead letter."""
        return await self._next(self.dead_letters)

    @staticmethod
    async def _next(queue: AbstractQueue) -> AbstractIncomingMessage:
        return await until(lambda: queue.get(fail=False, no_ack=True))


@asynccontextmanager
async def observing(amqp_url: str) -> AsyncIterator[Observer]:
    """Observe a broker on which event-service has declared its queues."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        dead_letters = await channel.get_queue("events.orders.dead-letter")
        await dead_letters.purge()
        outcomes = await channel.declare_queue(exclusive=True)
        await outcomes.bind(await channel.get_exchange("outcomes"), "#")
        yield Observer(outcomes, dead_letters)


def order_placed(**changes: object) -> dict[str, object]:
    """An event that an order was placed."""
    data = {**ORDER, "order_id": str(uuid4()), "user_id": str(uuid4()), **changes}
    return {"type": "order.placed", "source": "test", "data": data}


async def test_event_is_processed(
    rabbitmq: RabbitMQ, auth_app: FastAPI, caplog: pytest.LogCaptureFixture
):
    """An order of a known user completes, and each stage leaves a line."""
    caplog.set_level(logging.INFO, "services.event_service")
    async with (
        served(auth_app) as auth_url,
        httpx.AsyncClient(base_url=auth_url) as auth,
        event_service(rabbitmq.url, auth_url) as events,
        observing(rabbitmq.url) as observer,
    ):
        user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]
        answer = await events.post("/events", json=order_placed(order_id="7", user_id=user_id))
        outcome = await observer.outcome()
        await until(lambda: {"processing done", "event published"} <= set(caplog.messages))

    assert answer.status_code == 202
    assert set(answer.json()) == {"event_id"}
    assert outcome == {"order_id": "7", "status": "completed", "reason": None}
    received = [r.message for r in caplog.records if r.name == "services.event_service.routes"]
    assert received == ["event received", "event published"]
    worker = ("services.event_service.worker", "services.event_service.orders")
    assert [r.message for r in caplog.records if r.name in worker] == [
        "processing started",
        "user checked",
        "card charged",
        "outcome published",
        "processing done",
    ]


async def test_unknown_user(rabbitmq: RabbitMQ, auth_app: FastAPI):
    """An order of nobody fails without another attempt."""
    async with (
        served(auth_app) as auth_url,
        event_service(rabbitmq.url, auth_url) as events,
        observing(rabbitmq.url) as observer,
    ):
        await events.post("/events", json=order_placed(order_id="8"))
        outcome = await observer.outcome()

    assert outcome == {"order_id": "8", "status": "failed", "reason": "unknown user"}


async def test_retries_then_dead_letter(
    rabbitmq: RabbitMQ, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """With auth-service away an event is tried three times, then dead-lettered and failed."""
    async with (
        event_service(rabbitmq.url, f"http://{nowhere}") as events,
        observing(rabbitmq.url) as observer,
    ):
        event_id = (await events.post("/events", json=order_placed(order_id="9"))).json()
        outcome = await observer.outcome()
        dead = await observer.dead_letter()
        await until(lambda: "event dead-lettered" in caplog.messages)

    assert outcome == {"order_id": "9", "status": "failed", "reason": "could not be processed"}
    assert dead.message_id == event_id["event_id"]
    attempts = [vars(r) for r in caplog.records if "event.attempt" in vars(r) and r.exc_info]
    assert [(a["levelname"], a["event.attempt"]) for a in attempts] == [
        ("WARNING", 1),
        ("WARNING", 2),
        ("ERROR", 3),
    ]


async def test_recovers_between_attempts(
    rabbitmq: RabbitMQ, auth_app: FastAPI, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """An event that failed once completes when auth-service is back."""
    port = int(nowhere.rpartition(":")[2])
    settings = Settings(amqp_url=rabbitmq.url, auth_url=f"http://{nowhere}", retry_pause=3)
    async with (
        client_of(create_app(settings)) as events,
        served(auth_app) as other_door,
        httpx.AsyncClient(base_url=other_door) as auth,
    ):
        await connected(events)
        user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]
        async with observing(rabbitmq.url) as observer:
            await events.post("/events", json=order_placed(user_id=user_id))
            await until(lambda: "attempt failed; trying again" in caplog.messages)
            async with served(auth_app, port):
                outcome = await observer.outcome()

    assert outcome["status"] == "completed"


async def test_malformed_event_is_dead_lettered(
    rabbitmq: RabbitMQ, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """Data that makes no sense goes to the dead letters at once; its values are not logged."""
    async with (
        event_service(rabbitmq.url, f"http://{nowhere}") as events,
        observing(rabbitmq.url) as observer,
    ):
        answer = await events.post("/events", json=order_placed(quantity="unspeakable"))
        dead = await observer.dead_letter()

    assert dead.message_id == answer.json()["event_id"]
    (record,) = [vars(r) for r in caplog.records if r.message == "event is malformed"]
    assert record["event.errors"][0]["loc"] == ("quantity",)
    assert not [r for r in caplog.records if "unspeakable" in str(vars(r))]


async def test_unknown_type_is_refused(rabbitmq: RabbitMQ, nowhere: str):
    """An event that no queue takes is refused, not lost."""
    async with event_service(rabbitmq.url, f"http://{nowhere}") as events:
        answer = await events.post(
            "/events", json={"type": "moon.rose", "source": "test", "data": {}}
        )

    assert answer.status_code == 422
    assert "moon.rose" in answer.json()["detail"]


async def test_broker_away(nowhere: str):
    """Without its broker the service starts, serves and refuses events with 503."""
    settings = Settings(amqp_url=f"amqp://{nowhere}/", auth_url=f"http://{nowhere}")
    async with client_of(create_app(settings)) as events:
        health = await events.get("/healthz")
        answer = await events.post("/events", json=order_placed())

    assert health.json() == {"status": "ok", "broker": "away"}
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


async def accepted(events: httpx.AsyncClient, event: dict[str, object]) -> bool:
    """Whether event-service takes the event."""
    return (await events.post("/events", json=event)).status_code == 202


async def test_broker_comes_and_goes(tmp_path: Path, auth_app: FastAPI):
    """The service waits for its broker, and goes on after the broker was killed."""
    broker = RabbitMQ(tmp_path / "rabbitmq")
    async with (
        served(auth_app) as auth_url,
        httpx.AsyncClient(base_url=auth_url) as auth,
        client_of(create_app(Settings(amqp_url=broker.url, auth_url=auth_url))) as events,
    ):
        user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]
        try:
            for _ in range(2):
                await asyncio.to_thread(broker.start)
                await connected(events)
                async with observing(broker.url) as observer:
                    event = order_placed(user_id=user_id)
                    # A queue that was just recovered is not writable at once.
                    await until(lambda event=event: accepted(events, event))
                    assert (await observer.outcome())["status"] == "completed"
                await asyncio.to_thread(broker.kill)
                refused = await events.post("/events", json=order_placed())
                assert refused.status_code == 503
        finally:
            await asyncio.to_thread(broker.kill)
