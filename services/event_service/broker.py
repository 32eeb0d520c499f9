"""The connection to RabbitMQ: made in the background, made again when lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aio_pika import DeliveryMode, Message, connect
from aio_pika.abc import AbstractConnection, AbstractExchange
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, PublishError

from services.event_service import topology

log = logging.getLogger(__name__)

RECONNECT_PAUSE = 1.0

Consume = Callable[[AbstractConnection], Awaitable[None]]
"""Takes what a connection delivers, until it breaks."""


class BrokerAwayError(Exception):
    """The broker is not there, or did not confirm a message in time."""


class NobodyListensError(Exception):
    """No queue takes messages of this type."""


@dataclass(frozen=True, slots=True)
class _Exchanges:
    events: AbstractExchange
    outcomes: AbstractExchange
    queues: AbstractExchange


class Broker:
    """One connection for a process; while there is none, publishing raises.

    Args:
        url: AMQP URL of the broker.
        timeout: seconds to wait for a connection, or for the confirmation of a message.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._exchanges: _Exchanges | None = None
        self._stopping = False

    @property
    def connected(self) -> bool:
        """Whether messages can be published right now."""
        return self._exchanges is not None

    @asynccontextmanager
    async def running(self, consume: Consume) -> AsyncIterator[None]:
        """Keep connected for as long as the block lasts; `consume` gets each connection."""
        task = asyncio.create_task(self._keep_connected(consume))
        try:
            yield
        finally:
            self._stopping = True
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def publish_event(self, message: Message) -> None:
        """Hand an event to the broker; its type is the routing key.

        Raises:
            BrokerAwayError: when the broker does not confirm.
            NobodyListensError: when no queue takes this type of event.
        """
        await self._publish(self._connected_exchanges().events, message, message.type)

    async def publish_outcome(self, message: Message) -> None:
        """Tell what became of an event; nobody needs to listen.

        Raises:
            BrokerAwayError: when the broker does not confirm.
        """
        try:
            await self._publish(self._connected_exchanges().outcomes, message, message.type)
        except NobodyListensError:
            log.warning("nobody listens to outcomes", extra={"event.type": message.type})

    async def publish_retry(self, message: Message, attempt: int) -> None:
        """Have an event come again after its expiration; `attempt` is the one that failed.

        Raises:
            BrokerAwayError: when the broker does not confirm.
        """
        await self._publish(
            self._connected_exchanges().queues, message, topology.retry_queue(attempt)
        )

    async def _keep_connected(self, consume: Consume) -> None:
        # A connection that fails while it is cancelled would hide that it was.
        while not self._stopping:
            try:
                async with await connect(self._url, timeout=self._timeout) as connection:
                    await self._serve(connection, consume)
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                # What was not acknowledged comes again on the next connection.
                log.warning("the broker is away", extra={"error.type": type(error).__name__})
            except Exception:
                log.exception("the worker failed; it starts again")
            finally:
                self._exchanges = None
            await asyncio.sleep(RECONNECT_PAUSE)

    async def _serve(self, connection: AbstractConnection, consume: Consume) -> None:
        async with connection.channel(on_return_raises=True) as publishing:
            # All queues first: what is published before they are there would find nobody.
            await topology.declare_orders(publishing)
            await topology.declare_activity(publishing)
            self._exchanges = _Exchanges(
                await topology.declare_events(publishing),
                await topology.declare_outcomes(publishing),
                publishing.default_exchange,
            )
            await consume(connection)

    def _connected_exchanges(self) -> _Exchanges:
        if self._exchanges is None:
            raise BrokerAwayError("not connected to the broker")
        return self._exchanges

    async def _publish(
        self, exchange: AbstractExchange, message: Message, routing_key: str | None
    ) -> None:
        message.delivery_mode = DeliveryMode.PERSISTENT
        try:
            async with asyncio.timeout(self._timeout):
                await exchange.publish(message, routing_key=routing_key or "")
        except PublishError as error:
            raise NobodyListensError(message.type) from error
        except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
            raise BrokerAwayError(type(error).__name__) from error
