"""event-service as a process that is given more than it can do, and others who count along."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
from fastapi import FastAPI

from services.event_service import topology
from services.event_service.events import Event
from services.event_service.measures import published_now
from stack.rabbitmq import RabbitMQ
from stack.service import Service
from stack.store import Store
from tests.services.running import served

PAUSE = 0.03


class SlowAuth:
    """An auth-service that takes its time, and at some point makes everybody wait.

    Attributes:
        asked: when each question came, in Unix seconds.
        go_on: cleared while nobody is answered beyond `most`.
    """

    def __init__(self, most: int) -> None:
        self.asked: list[float] = []
        self.go_on = asyncio.Event()
        self._most = most
        self.app = FastAPI(title="slow auth-service")
        self.app.get("/users/{user_id}")(self._answer)

    async def _answer(self, user_id: str) -> dict[str, Any]:
        self.asked.append(time())
        if len(self.asked) > self._most:
            await self.go_on.wait()
        await asyncio.sleep(PAUSE)
        return {"user_id": user_id, "roles": []}


@dataclass
class Overloaded:
    """The process, and what it has told of itself.

    Attributes:
        published: when each order was published, in Unix seconds, in order.
    """

    process: Service
    store: Store
    published: list[float] = field(default_factory=list)

    def points(self, name: str, **attributes: str) -> list[dict[str, Any]]:
        """The points of a metric, by time."""
        pairs = [f"{key.replace('_', '.')}={value}" for key, value in attributes.items()]
        query = {"name": name, "attribute": pairs, "limit": "10000", "order": "asc"}
        answer = httpx.get(f"{self.store.http}/api/metrics", params=query, timeout=60)
        points: list[dict[str, Any]] = answer.raise_for_status().json()["points"]
        return points

    def newest(self, name: str, by: str) -> dict[str, float]:
        """The newest value of each series of a metric, by an attribute."""
        return {one["attributes"].get(by, ""): one["value"] for one in self.points(name)}

    def cpu_seconds(self) -> float:
        """CPU time of the process, as the kernel says."""
        numbers = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Memory of the process, as the kernel says."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(one for one in status.splitlines() if one.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@asynccontextmanager
async def overloaded(
    folder: Path, broker: RabbitMQ, auth: SlowAuth, events: Counter[str]
) -> AsyncIterator[Overloaded]:
    """Publish so many events of each type, and let event-service begin on them."""
    with Store(folder / "store") as store:
        async with served(auth.app) as auth_url:
            process = Service("event-service", folder / "event-service")
            process.variables |= {
                "EVENT_AMQP_URL": broker.url,
                "EVENT_AUTH_URL": auth_url,
                "EVENT_REQUEST_TIMEOUT": "600",
                "EVENT_BATCH_SECONDS": "600",
                "OTEL_EXPORTER_OTLP_ENDPOINT": store.http,
                "OTEL_METRIC_EXPORT_INTERVAL": "500",
            }
            overload = Overloaded(process, store)
            overload.published += await _publish(broker.url, events)
            try:
                await asyncio.to_thread(process.start)
                yield overload
            finally:
                auth.go_on.set()
                await asyncio.to_thread(process.stop)


async def _publish(amqp_url: str, events: Counter[str]) -> list[float]:
    """Publish as event-service does; when each order was."""
    published = []
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for declare in (topology.declare_orders, topology.declare_activity):
            await (await declare(channel)).purge()
        exchange = await topology.declare_events(channel)
        for event_type in events.elements():
            headers = published_now()
            if event_type.startswith("order"):
                published.append(time())
            await exchange.publish(_message(event_type, headers), routing_key=event_type)
    return published


def _message(event_type: str, headers: dict[str, Any]) -> aio_pika.Message:
    order = {"order_id": "1", "user_id": str(uuid4()), "item": "lamp", "quantity": 1}
    secrets = {"card_number": "4111 1111 1111 1111", "email": "alice@example.com"}
    data = {**order, **secrets} if event_type.startswith("order") else {"page": "/"}
    event = Event(type=event_type, source="test", data=data)
    return aio_pika.Message(
        event.model_dump_json().encode(), headers=headers, type=event_type, message_id=event.id
    )
