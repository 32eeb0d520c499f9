"""Exchanges and queues: the broker's side of the service.

events -- order.*, stock.* --> events.orders -- rejected --> events.dead-letter
       |                        |        ^                    `--> events.orders.dead-letter
       |                      failed   expired                     (of both queues)
       |                        v        |
       |                      events.orders.retry.N   one for each attempt: N waits longer
       `- activity.*  --> events.activity
outcomes -- order.* --> (a queue of each service that wants to know)
"""

from __future__ import annotations

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue
from pamqp.common import FieldTable

ORDERS = "events.orders"
ACTIVITY = "events.activity"
DEAD_LETTERS = "events.orders.dead-letter"
EVENTS = "events"
OUTCOMES = "outcomes"

MAX_ATTEMPTS = 3
"""How often an event is tried before it is given up."""


def retry_queue(attempt: int) -> str:
    """Where an event waits whose attempt of that number failed.

    All that wait in one queue wait equally long: a broker lets only its first message expire.
    """
    return f"{ORDERS}.retry.{attempt}"


async def declare_events(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that takes events; the routing key is the event's type."""
    return await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)


async def declare_outcomes(channel: AbstractChannel) -> AbstractExchange:
    """The exchange that tells what became of events."""
    return await channel.declare_exchange(OUTCOMES, ExchangeType.TOPIC, durable=True)


async def declare_orders(channel: AbstractChannel) -> AbstractQueue:
    """The queue of events that are processed one by one, and those where failed ones wait."""
    # A message that expires here goes back to the queue that it came from.
    back: FieldTable = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": ORDERS}
    for attempt in range(1, MAX_ATTEMPTS):
        await channel.declare_queue(retry_queue(attempt), durable=True, arguments=back)
    return await _declare(channel, ORDERS, "order.*", "stock.*")


async def declare_activity(channel: AbstractChannel) -> AbstractQueue:
    """The queue of events that are processed in batches."""
    return await _declare(channel, ACTIVITY, "activity.*")


async def _declare(channel: AbstractChannel, name: str, *types: str) -> AbstractQueue:
    graveyard = await channel.declare_exchange(
        "events.dead-letter", ExchangeType.FANOUT, durable=True
    )
    dead_letters = await channel.declare_queue(DEAD_LETTERS, durable=True)
    await dead_letters.bind(graveyard)
    queue = await channel.declare_queue(
        name, durable=True, arguments={"x-dead-letter-exchange": graveyard.name}
    )
    events = await declare_events(channel)
    for one in types:
        await queue.bind(events, one)
    return queue
