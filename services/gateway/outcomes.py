"""The outcomes of orders, from RabbitMQ into the order book."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aio_pika import ExchangeType, connect
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from pydantic import ValidationError

from otel_logging import get_logger
from services.gateway.orders import OrderBook, Outcome

log = get_logger(__name__)

CONNECT_TIMEOUT = 5.0
RECONNECT_PAUSE = 1.0


class OutcomeConsumer:
    """Listens in the background, now or as soon as the broker is there.

    Its queue is durable, so outcomes told while the gateway is away are not lost.

    Args:
        url: AMQP URL of the broker.
        orders: where outcomes are noted.

    Attributes:
        connected: whether outcomes come in right now.
    """

    def __init__(self, url: str, orders: OrderBook) -> None:
        self._url = url
        self._orders = orders
        self.connected = False
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen for as long as the block lasts."""
        task = asyncio.create_task(self._keep_connected())
        try:
            yield self
        finally:
            self._stopping = True
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_connected(self) -> None:
        # A connection that fails while it is cancelled would hide that it was.
        while not self._stopping:
            try:
                async with await connect(self._url, timeout=CONNECT_TIMEOUT) as connection:
                    await self._listen(connection)
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                log.bind({"error.type": type(error).__name__}).warning("the broker is away")
            except Exception:
                log.exception("outcomes cannot be consumed; trying again")
            finally:
                self.connected = False
            await asyncio.sleep(RECONNECT_PAUSE)

    async def _listen(self, connection: AbstractConnection) -> None:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=50)
        exchange = await channel.declare_exchange("outcomes", ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue("outcomes.gateway", durable=True)
        await queue.bind(exchange, "order.*")
        await queue.consume(self._take)
        self.connected = True
        log.info("connected to the broker")
        await channel.closed()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        async with message.process():
            try:
                outcome = Outcome.model_validate_json(message.body)
            except ValidationError:
                log.exception("outcome is malformed")
                return
            about = log.bind({"order.id": outcome.order_id, "order.status": outcome.status})
            if self._orders.settle(outcome) is None:
                about.warning("outcome of an unknown order")
            else:
                about.info("order settled")
