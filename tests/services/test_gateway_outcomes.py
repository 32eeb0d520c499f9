"""Outcomes on a broker that comes and goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aio_pika
import pytest

from services.gateway.orders import Order, OrderBook
from services.gateway.outcomes import OutcomeConsumer
from stack.rabbitmq import RabbitMQ
from tests.services.running import until

pytestmark = pytest.mark.rabbitmq


async def tell(amqp_url: str, body: bytes) -> None:
    """Publish an outcome as event-service does."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("outcomes")
        await exchange.publish(aio_pika.Message(body), "order.completed")


async def test_outcomes_come_in_again(tmp_path: Path):
    """The gateway waits for its broker, shrugs off nonsense, and goes on after a crash."""
    broker, book = RabbitMQ(tmp_path / "rabbitmq"), OrderBook(10)
    try:
        async with OutcomeConsumer(broker.url, book).running() as outcomes:
            for number in "12":
                book.place(Order(id=number, owner="alice"))
                await asyncio.to_thread(broker.start)
                await until(lambda: outcomes.connected)
                await tell(broker.url, b"nonsense")
                await tell(broker.url, b'{"order_id": "unknown", "status": "failed"}')
                body = f'{{"order_id": "{number}", "status": "completed"}}'
                await tell(broker.url, body.encode())
                await until(
                    lambda number=number: book.of_owner(number, "alice").status != "pending"
                )
                await asyncio.to_thread(broker.kill)
                await until(lambda: not outcomes.connected)
    finally:
        await asyncio.to_thread(broker.kill)

    assert [book.of_owner(number, "alice").status for number in "12"] == ["completed"] * 2
