"""A channel and a queue on a real RabbitMQ."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue

from otel_logging.integrations import aio_pika as integration
from stack.rabbitmq import RabbitMQ


@pytest.fixture(autouse=True)
def _instrumented() -> Iterator[None]:
    integration.instrument()
    yield
    integration.uninstrument()


@pytest.fixture(params=[aio_pika.connect_robust, aio_pika.connect], ids=["robust", "plain"])
async def channel(broker: RabbitMQ, request) -> AsyncIterator[AbstractChannel]:
    """Open a channel, on each kind of connection."""
    async with await request.param(broker.url) as connection:
        yield await connection.channel()


@pytest.fixture
async def queue(channel: AbstractChannel, request) -> AsyncIterator[AbstractQueue]:
    """Declare a queue of the test's own."""
    queue = await channel.declare_queue(f"orders.{request.node.originalname}")
    yield queue
    await queue.delete(if_unused=False, if_empty=False)
