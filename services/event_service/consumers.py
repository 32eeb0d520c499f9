"""What is consumed on a connection: single events, batches, and the lengths of the queues."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, AbstractConnection

from services.event_service import topology
from services.event_service.activity import Activity
from services.event_service.batches import Batches, Limits
from services.event_service.measures import Measures
from services.event_service.worker import Worker

log = logging.getLogger(__name__)

LOOK_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Consumers:
    """All that this service consumes.

    Attributes:
        worker: takes single events.
        activity: takes batches.
        measures: what is counted.
        prefetch: single events that are delivered before the first is acknowledged.
        batch: when a batch is full.
    """

    worker: Worker
    activity: Activity
    measures: Measures
    prefetch: int
    batch: Limits

    async def consume(self, connection: AbstractConnection) -> None:
        """Consume until the connection breaks.

        Raises:
            aiormq.exceptions.AMQPError: when it breaks.
        """
        async with (
            connection.channel() as singles,
            connection.channel() as batched,
            connection.channel() as looking,
        ):
            await singles.set_qos(prefetch_count=self.prefetch)
            # While one batch is processed the next one gathers.
            await batched.set_qos(prefetch_count=2 * self.batch.size)
            orders = await topology.declare_orders(singles)
            activity = await topology.declare_activity(batched)
            batches = Batches(self.activity, self.measures, self.batch)
            looker = asyncio.create_task(self._look(looking))
            try:
                async with batches.running(), orders.iterator() as messages:
                    await activity.consume(batches.add)
                    log.info("connected to the broker")
                    async for message in messages:
                        await self.worker.take(message)
            finally:
                looker.cancel()
                await asyncio.gather(looker, return_exceptions=True)

    async def _look(self, channel: AbstractChannel) -> None:
        """Ask the broker, again and again, how many messages wait."""
        while True:
            self.measures.lengths(await lengths(channel))
            await asyncio.sleep(LOOK_PAUSE)


async def lengths(channel: AbstractChannel) -> Mapping[str, int]:
    """How many messages wait in each queue of the service."""
    retries = [topology.retry_queue(attempt) for attempt in range(1, topology.MAX_ATTEMPTS)]
    names = (topology.ORDERS, topology.ACTIVITY, topology.DEAD_LETTERS, *retries)
    counts = {}
    for name in names:
        queue = await channel.declare_queue(name, passive=True)
        counts[name] = queue.declaration_result.message_count or 0
    return counts
