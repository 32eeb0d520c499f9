"""Exchanges and queues: the broker's side of the service.

events -- order.* --> events.orders -- rejected --> events.dead-letter
                        |       ^                    `--> events.orders.dead-letter
                      failed  expired
                        v       |
                      events.orders.retry
outcomes -- order.* --> (a queue of each service that wants to know)
"""

from __future__ import annotations

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from pamqp.common import FieldTable

ORDERS_RETRY = "events.orders.retry"


async def declare_events(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that takes events; the routing key is the event's type."""
    return await channel.declare_exchange("events", ExchangeType.TOPIC, durable=True)


async def declare_outcomes(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that tells what became of events."""
    return await channel.declare_exchange("outcomes", ExchangeType.TOPIC, durable=True)


async def declare_orders(channel: AbstractChannel) -> AbstractQueue:
    """The queue of order events, where failed ones wait, and where hopeless ones go."""
    graveyard = await channel.declare_exchange(
        "events.dead-letter", ExchangeType.FANOUT, durable=True
    )
    dead_letters = await channel.declare_queue("events.orders.dead-letter", durable=True)
    await dead_letters.bind(graveyard)
    # A message that expires here goes back to the queue of orders.
    back: FieldTable = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "events.orders"}
    await channel.declare_queue(ORDERS_RETRY, durable=True, arguments=back)
    orders = await channel.declare_queue(
        "events.orders", durable=True, arguments={"x-dead-letter-exchange": graveyard.name}
    )
    await orders.bind(await declare_events(channel), "order.*")
    return orders
