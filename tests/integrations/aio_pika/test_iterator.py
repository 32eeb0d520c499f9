"""Consuming in a loop over the queue."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import trace
from opentelemetry.context import get_current
from opentelemetry.trace import StatusCode

from otel_logging.context import bind, context_attributes
from otel_logging.integrations import aio_pika as integration
from tests.integrations.aio_pika.messaging import (
    assert_inside,
    log,
    named,
    send,
    tracer,
    until,
)

pytestmark = pytest.mark.rabbitmq


async def test_iterator(queue, records, spans) -> None:
    """R3.4: the body of `async for` is inside its message's span, to the last line."""
    traces = [await send(queue, body) for body in ("a", "b")]
    with tracer.start_as_current_span("outside") as outside:
        async with queue.iterator() as messages:
            async for message in messages:
                log.info("first")
                async with message.process():
                    log.info("second")
                log.info("last")
                if message.body == b"b":
                    break
        assert trace.get_current_span() is outside
        assert context_attributes() == {}

    processed = named(spans, f"process {queue.name}")
    assert [span.context.trace_id for span in processed] == traces
    written = records.by("worker")
    assert [record.body for record in written] == ["first", "second", "last"] * 2
    for number, record in enumerate(written):
        message_id = "id-a" if number < 3 else "id-b"
        assert_inside(record, processed[number // 3], queue, message_id)


async def test_iterator_without_closing(queue, records, spans) -> None:
    """A span ends with the acknowledgement although the loop is left without closing."""

    async def work() -> None:
        async for message in queue:
            await message.ack()
            break

    await send(queue, "a")
    await asyncio.create_task(work())

    assert len(named(spans, f"process {queue.name}")) == 1
    assert get_current() == {}


async def test_iterator_task_that_fails(queue, records, spans) -> None:
    """An exception that ends the task marks and ends the span, acknowledged or not."""

    async def work() -> None:
        async for _message in queue:
            raise LookupError("no such order")

    await send(queue, "a")
    with suppress(LookupError):
        await asyncio.create_task(work())
    await until(lambda: named(spans, f"process {queue.name}"))

    (processed,) = named(spans, f"process {queue.name}")
    assert processed.status.status_code is StatusCode.ERROR
    assert processed.attributes["error.type"] == "LookupError"


async def test_iterator_block_that_fails(queue, records, spans) -> None:
    """An exception that leaves `async with message.process()` marks the span."""
    await send(queue, "a")
    with suppress(LookupError):
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    raise LookupError("no such order")

    (processed,) = named(spans, f"process {queue.name}")
    assert processed.status.status_code is StatusCode.ERROR
    assert [event.name for event in processed.events] == ["exception"]


async def test_rejected(queue, records, spans) -> None:
    """A message that is rejected has failed, by the exception being handled where there is one."""
    await send(queue, "a", "b")

    async def process(message: AbstractIncomingMessage) -> None:
        if message.body == b"a":
            raise LookupError("no such order")
        await message.reject()

    async with queue.iterator() as messages:
        async for message in messages:
            try:
                await process(message)
            except LookupError:
                await message.nack(requeue=False)
            log.info("given up")
            if message.body == b"b":
                break

    processed = named(spans, f"process {queue.name}")
    errors = [span.attributes["error.type"] for span in processed]
    assert errors == ["LookupError", "rejected"]
    assert {span.status.status_code for span in processed} == {StatusCode.ERROR}
    for record, span in zip(records.by("worker"), processed, strict=True):
        assert record.span_id == f"{span.context.span_id:016x}"


async def test_bound_attributes_of_a_loop(queue, records, spans) -> None:
    """What one iteration binds does not stand on the next one's records."""
    await send(queue, "a", "b")
    async with queue.iterator() as messages:
        async for message in messages:
            log.info("start")
            bind(order=message.body.decode())
            log.info("end")
            await message.ack()
            if message.body == b"b":
                break

    orders = [record.attributes.get("order") for record in records.by("worker")]
    assert orders == [None, "a", None, "b"]


async def test_message_without_context(queue, records, spans) -> None:
    """A message of a publisher that is not traced starts a trace of its own."""
    integration.uninstrument()
    headers = {"traceparent": bytearray(b"\xff"), "baggage": 7}
    message = aio_pika.Message(b"x", headers=headers)
    await queue.channel.default_exchange.publish(message, queue.name)
    integration.instrument()
    async with queue.iterator() as messages:
        async for each in messages:
            log.info("handled")
            await each.ack()
            break

    (processed,) = named(spans, f"process {queue.name}")
    assert processed.parent is None
    assert records.by("worker")[0].span_id == f"{processed.context.span_id:016x}"
