"""Exchanges and queues: the broker's side of the service.

events ── order.* ──> events.orders ── rejected ──> events.dead-letter ──> events.orders.dead-letter
outcomes ── order.* ──> (a queue of each service that wants to know)
"""

from __future__ import annotations

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue

MAX_ATTEMPTS = 3


async def declare_events(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that takes events; the routing key is the event's type."""
    return await channel.declare_exchange("events", ExchangeType.TOPIC, durable=True)


async def declare_outcomes(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that tells what became of events."""
    return await channel.declare_exchange("outcomes", ExchangeType.TOPIC, durable=True)


async def declare_orders(channel: AbstractChannel) -> AbstractQueue:
    """The queue of order events, with the place where hopeless ones go.

    A quorum queue counts deliveries (`x-delivery-count`), so that an event that
    kills its worker each time is dead-lettered by the broker itself.
    """
    graveyard = await channel.declare_exchange(
        "events.dead-letter", ExchangeType.FANOUT, durable=True
    )
    dead_letters = await channel.declare_queue(
        "events.orders.dead-letter", durable=True, arguments={"x-queue-type": "quorum"}
    )
    await dead_letters.bind(graveyard)
    orders = await channel.declare_queue(
        "events.orders",
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": MAX_ATTEMPTS,
            "x-dead-letter-exchange": graveyard.name,
        },
    )
    await orders.bind(await declare_events(channel), "order.*")
    return orders
