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
from services.event_service.batches import Limits
from services.event_service.settings import Settings
from stack.rabbitmq import RabbitMQ
from tests.services import recorded
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
        await until(lambda: stages(caplog)[-1:] == [("process", "done", None)])

    assert answer.status_code == 202
    assert set(answer.json()) == {"event_id"}
    assert outcome == {"order_id": "7", "status": "completed", "reason": None}
    (received,) = recorded.events(caplog.records, "event.received")
    assert (received["event.type"], received["event.source"]) == ("order.placed", "test")
    assert received["event.size"] > 100
    published = recorded.events(caplog.records, "event.published")
    told = {(p["messaging.destination.name"], p["event.type"]) for p in published}
    assert told == {("events", "order.placed"), ("outcomes", "order.completed")}
    assert stages(caplog) == [
        ("process", "start", None),
        ("check_user", "start", None),
        ("check_user", "step", "user_found"),
        ("check_user", "done", None),
        ("charge", "start", None),
        ("charge", "step", "card_charged"),
        ("charge", "done", None),
        ("process", "done", None),
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
        await until(lambda: "event.dead_lettered" in recorded.names(caplog.records))

    assert outcome == {"order_id": "9", "status": "failed", "reason": "could not be processed"}
    assert dead.message_id == event_id["event_id"]
    tried = recorded.events(caplog.records, "event.retried", "event.dead_lettered")
    assert [(t["levelname"], t["event.attempt"], t["error.type"]) for t in tried] == [
        ("WARNING", 1, "httpx.ConnectError"),
        ("WARNING", 2, "httpx.ConnectError"),
        ("ERROR", 3, "httpx.ConnectError"),
    ]
    pauses = [t["event.retry.delay"] for t in tried[:2]]
    assert pauses == [0.05, 0.1]


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
            await until(lambda: "event.retried" in recorded.names(caplog.records))
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
    (buried,) = recorded.events(caplog.records, "event.dead_lettered")
    assert buried["error.type"] == "malformed"
    (record,) = [vars(r) for r in caplog.records if r.message == "event is malformed"]
    assert record["event.errors"][0]["loc"] == ("quantity",)
    assert not [r for r in caplog.records if "unspeakable" in str(vars(r))]


@pytest.mark.parametrize("event_type", ["order.exploded", "activity.slept"])
async def test_unknown_type_is_dead_lettered(
    rabbitmq: RabbitMQ, nowhere: str, caplog: pytest.LogCaptureFixture, event_type: str
):
    """What a queue takes and nobody knows goes to the dead letters, and is told."""
    async with (
        event_service(rabbitmq.url, f"http://{nowhere}") as events,
        observing(rabbitmq.url) as observer,
    ):
        answer = await events.post("/events", json={**order_placed(), "type": event_type})
        dead = await observer.dead_letter()
        await until(lambda: "event.dead_lettered" in recorded.names(caplog.records))

    assert dead.message_id == answer.json()["event_id"]
    (buried,) = recorded.events(caplog.records, "event.dead_lettered")
    assert (buried["error.type"], buried["levelname"]) == ("unknown_type", "ERROR")


async def test_repeat_is_recognised(
    rabbitmq: RabbitMQ, auth_app: FastAPI, caplog: pytest.LogCaptureFixture
):
    """The same message ID a second time charges nobody a second time."""
    caplog.set_level(logging.INFO)
    async with (
        served(auth_app) as auth_url,
        httpx.AsyncClient(base_url=auth_url) as auth,
        event_service(rabbitmq.url, auth_url) as events,
    ):
        user_id = (await auth.post("/register", json=ALICE)).json()["user_id"]
        event = {**order_placed(user_id=user_id), "id": str(uuid4())}
        for _ in range(3):
            assert (await events.post("/events", json=event)).status_code == 202
        await until(lambda: caplog.messages.count("duplicate event skipped") == 2)

    assert stages(caplog).count(("charge", "step", "card_charged")) == 1


async def test_cancelled_and_adjusted(
    rabbitmq: RabbitMQ, nowhere: str, caplog: pytest.LogCaptureFixture
):
    """Other types of single events have handlers of their own."""
    caplog.set_level(logging.INFO)
    async with (
        event_service(rabbitmq.url, f"http://{nowhere}") as events,
        observing(rabbitmq.url) as observer,
    ):
        about = {"source": "test"}
        await events.post(
            "/events",
            json={**about, "type": "stock.adjusted", "data": {"item": "a", "quantity": -2}},
        )
        await events.post(
            "/events", json={**about, "type": "order.cancelled", "data": {"order_id": "11"}}
        )
        outcome = await observer.outcome()

    assert outcome == {"order_id": "11", "status": "failed", "reason": "cancelled"}
    assert ("adjust_stock", "step", "stock_adjusted") in stages(caplog)
    assert ("refund", "step", "charge_reversed") in stages(caplog)


async def test_batches(rabbitmq: RabbitMQ, nowhere: str, caplog: pytest.LogCaptureFixture):
    """Small events are processed together: at most as many as a batch holds, and all of them."""
    caplog.set_level(logging.INFO)
    settings = Settings(
        amqp_url=rabbitmq.url, auth_url=f"http://{nowhere}", batch=Limits(size=4, seconds=0.2)
    )
    async with client_of(create_app(settings)) as events, observing(rabbitmq.url) as observer:
        await connected(events)
        viewed = {"type": "activity.page_viewed", "source": "test", "data": {"page": "/"}}
        searched = {**viewed, "type": "activity.item_searched", "data": {"words": "lamp"}}
        malformed = {**viewed, "data": {}}
        for event in [viewed, searched] * 5 + [malformed]:
            await events.post("/events", json=event)
        dead = await observer.dead_letter()
        await until(lambda: sum(batch_sizes(caplog)) == 10)

    assert max(batch_sizes(caplog)) <= 4
    assert json.loads(dead.body)["data"] == {}
    (buried,) = recorded.events(caplog.records, "event.dead_lettered")
    assert buried["error.type"] == "malformed"


def batch_sizes(caplog: pytest.LogCaptureFixture) -> list[int]:
    """How many events each batch had that is done."""
    done = [vars(r) for r in caplog.records if r.message == "batch done"]
    return [record["messaging.batch.message_count"] for record in done]


def stages(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str | None]]:
    """Stage, state and step of each event of a stage."""
    return [
        (e["event.stage.name"], e["event.stage.state"], e.get("event.stage.step"))
        for e in recorded.events(caplog.records, "event.stage")
    ]


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
