"""The outcomes of orders, from RabbitMQ into the order book."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aio_pika import ExchangeType, RobustConnection
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from pydantic import ValidationError
from yarl import URL

from services.gateway.orders import OrderBook, Outcome

log = logging.getLogger(__name__)


class OutcomeConsumer:
    """Listens in the background, now or as soon as the broker is there.

    Its queue is durable, so outcomes told while the gateway is away are not lost.

    Args:
        url: AMQP URL of the broker.
        orders: where outcomes are noted.
    """

    def __init__(self, url: str, orders: OrderBook) -> None:
        reconnect = {"fail_fast": "0", "reconnect_interval": "1"}
        self._connection = RobustConnection(URL(url).update_query(reconnect))
        self._orders = orders
        self._listening = False

    @property
    def connected(self) -> bool:
        """Whether outcomes come in right now."""
        return self._listening and self._connection.connected.is_set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen for as long as the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._connection.close()

    async def _run(self) -> None:
        await self._connection.connect()
        while not self._listening:
            try:
                await self._listen()
            except CONNECTION_EXCEPTIONS:
                log.exception("outcomes cannot be consumed; trying again")
                await asyncio.sleep(1)
            else:
                self._listening = True
                log.info("connected to the broker")

    async def _listen(self) -> None:
        # From here on the robust connection restores all this by itself.
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=50)
        exchange = await channel.declare_exchange("outcomes", ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue("outcomes.gateway", durable=True)
        await queue.bind(exchange, "order.*")
        await queue.consume(self._take)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        async with message.process():
            try:
                outcome = Outcome.model_validate_json(message.body)
            except ValidationError:
                log.exception("outcome is malformed")
                return
            about = {"order.id": outcome.order_id, "order.status": outcome.status}
            if self._orders.settle(outcome) is None:
                log.warning("outcome of an unknown order", extra=about)
            else:
                log.info("order settled", extra=about)
