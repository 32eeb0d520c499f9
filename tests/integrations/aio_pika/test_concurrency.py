"""Many messages at once."""

from __future__ import annotations

import asyncio

import pytest
from aio_pika.abc import AbstractIncomingMessage

from otel_logging.context import add_request_attributes, bind
from tests.integrations.aio_pika.messaging import (
    consuming,
    log,
    named,
    send,
    until,
)

pytestmark = pytest.mark.rabbitmq


async def test_concurrent_messages_never_mix(channel, queue, records, spans) -> None:
    """R1.6: of 50 interleaved messages each record has its own ID, user and trace."""
    await channel.set_qos(prefetch_count=50)
    bodies = [str(number) for number in range(50)]

    async def handle(message: AbstractIncomingMessage) -> None:
        body = message.body.decode()
        add_request_attributes({"user.id": body})
        bind(number=body)
        log.info("before %s", body)
        await asyncio.sleep(0.5)
        log.info("after %s", body)
        await message.ack()

    traces = {body: await send(queue, body) for body in bodies}
    async with consuming(queue, handle):
        await until(lambda: len(named(spans, f"process {queue.name}")) == 50)

    written = records.by("worker")
    assert [record.body.split()[0] for record in written] == ["before"] * 50 + ["after"] * 50
    for record in written:
        body = record.body.split()[1]
        assert record.attributes["messaging.message.id"] == f"id-{body}"
        assert (record.attributes["user.id"], record.attributes["number"]) == (body, body)
        assert record.trace_id == f"{traces[body]:032x}"


async def test_tasks_of_a_loop_never_mix(channel, queue, records, spans) -> None:
    """R1.6: tasks that a loop starts for its messages keep their message's context."""
    await channel.set_qos(prefetch_count=50)
    bodies = [str(number) for number in range(50)]
    traces = {body: await send(queue, body) for body in bodies}

    async def handle(message: AbstractIncomingMessage) -> None:
        await asyncio.sleep(0.2)
        log.info("handled %s", message.body.decode())
        await message.ack()

    async with queue.iterator() as messages, asyncio.TaskGroup() as tasks:
        async for message in messages:
            tasks.create_task(handle(message))
            bodies.pop()
            if not bodies:
                break

    for record in records.by("worker"):
        body = record.body.split()[1]
        assert record.attributes["messaging.message.id"] == f"id-{body}"
        assert record.trace_id == f"{traces[body]:032x}"
    assert len(records.by("worker")) == 50
