"""The connection to RabbitMQ: made in the background, made again when lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aio_pika import DeliveryMode, Message, RobustConnection
from aio_pika.abc import AbstractExchange, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, PublishError
from yarl import URL

from services.event_service import topology

log = logging.getLogger(__name__)


class BrokerAwayError(Exception):
    """The broker is not there, or did not confirm a message in time."""


class NobodyListensError(Exception):
    """No queue takes messages with this routing key."""


class Broker:
    """One connection for a process.

    It is an async context manager that never waits for the broker: until the
    broker is there, publishing raises and consumers wait.

    Args:
        url: AMQP URL of the broker.
        timeout: seconds to wait for the confirmation of a message.
    """

    def __init__(self, url: str, timeout: float) -> None:
        reconnect = {"fail_fast": "0", "reconnect_interval": "1"}
        self._connection = RobustConnection(URL(url).update_query(reconnect))
        self._timeout = timeout
        self._declared = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._events: AbstractExchange
        self._outcomes: AbstractExchange

    @property
    def connected(self) -> bool:
        """Whether messages can be published right now."""
        return self._declared.is_set() and self._connection.connected.is_set()

    async def publish_event(self, message: Message) -> None:
        """Hand an event to the broker; `message.type` is its routing key.

        Raises:
            BrokerAwayError: when the broker does not confirm.
            NobodyListensError: when no queue takes this type of event.
        """
        await self._declared_or_away()
        await self._publish(self._events, message)

    async def publish_outcome(self, message: Message) -> None:
        """Tell what became of an event; nobody needs to listen.

        Raises:
            BrokerAwayError: when the broker does not confirm.
        """
        await self._declared_or_away()
        try:
            await self._publish(self._outcomes, message)
        except NobodyListensError:
            log.warning("nobody listens to outcomes", extra={"event.type": message.type})

    @asynccontextmanager
    async def orders(self) -> AsyncIterator[AbstractQueue]:
        """The queue of order events, on a channel of its own; waits for the broker."""
        await self._declared.wait()
        async with self._connection.channel() as channel:
            await channel.set_qos(prefetch_count=10)
            yield await topology.declare_orders(channel)

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        await self._connection.close()

    async def _connect(self) -> None:
        await self._connection.connect()
        while not self._declared.is_set():
            try:
                channel = await self._connection.channel(on_return_raises=True)
                self._events = await topology.declare_events(channel)
                self._outcomes = await topology.declare_outcomes(channel)
                await topology.declare_orders(channel)
            except CONNECTION_EXCEPTIONS:
                log.exception("exchanges and queues could not be declared; trying again")
                await asyncio.sleep(1)
            else:
                self._declared.set()
                log.info("connected to the broker")

    async def _declared_or_away(self) -> None:
        if not self.connected:
            raise BrokerAwayError("not connected to the broker")

    async def _publish(self, exchange: AbstractExchange, message: Message) -> None:
        message.delivery_mode = DeliveryMode.PERSISTENT
        try:
            async with asyncio.timeout(self._timeout):
                await exchange.publish(message, routing_key=message.type or "")
        except PublishError as error:
            raise NobodyListensError(message.type) from error
        except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
            raise BrokerAwayError(type(error).__name__) from error
