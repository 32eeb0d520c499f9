"""Consuming by callback."""

from __future__ import annotations

import asyncio

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import baggage
from opentelemetry.context import attach, detach
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from otel_logging.context import bind
from tests.integrations.aio_pika.messaging import (
    SECONDS,
    assert_inside,
    consuming,
    log,
    named,
    send,
    tracer,
    until,
)

pytestmark = pytest.mark.rabbitmq


async def test_callback(queue, records, spans) -> None:
    """R3.4: a callback runs under a CONSUMER span, a child of the publication."""

    async def handle(message: AbstractIncomingMessage) -> None:
        async with message.process():
            log.info("handled")

    async with consuming(queue, handle):
        trace_id = await send(queue, "a")
        await until(lambda: named(spans, f"process {queue.name}"))

    (sent,) = named(spans, f"send {queue.name}")
    (processed,) = named(spans, f"process {queue.name}")
    assert {sent.context.trace_id, processed.context.trace_id} == {trace_id}
    assert processed.parent.span_id == sent.context.span_id
    assert (sent.kind, processed.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert_inside(records.by("worker")[0], processed, queue, "id-a")


async def test_retry_by_publishing_again(queue, records, spans) -> None:
    """R3.4: a message that is published again, with its headers, stays in its trace."""
    attempts: list[int] = []

    async def handle(message: AbstractIncomingMessage) -> None:
        async with message.process():
            attempts.append(message.headers.get("x-attempt", 0))
            if len(attempts) < 3:
                headers = {**message.headers, "x-attempt": len(attempts)}
                again = aio_pika.Message(message.body, headers=headers, message_id="id-a")
                await queue.channel.default_exchange.publish(again, queue.name)

    async with consuming(queue, handle):
        trace_id = await send(queue, "a")
        await until(lambda: len(named(spans, f"process {queue.name}")) == 3)

    assert attempts == [0, 1, 2]
    assert {span.context.trace_id for span in spans.get_finished_spans()} == {trace_id}


async def test_dead_letter(channel, records, spans, request) -> None:
    """R3.4: what the broker dead-letters is processed in the trace of its publication."""
    dead = await channel.declare_queue(f"dead.{request.node.originalname}")
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name}
    queue = await channel.declare_queue(f"live.{request.node.originalname}", arguments=arguments)
    trace_id = await send(queue, "a")

    async def fail(message: AbstractIncomingMessage) -> None:
        async with message.process():
            raise LookupError("no such order")

    async with consuming(queue, fail), dead.iterator() as messages:
        async for message in messages:
            log.info("dead")
            await message.ack()
            break
    await until(lambda: named(spans, f"process {dead.name}"))
    await queue.delete()
    await dead.delete()

    assert {span.context.trace_id for span in spans.get_finished_spans()} == {trace_id}
    (failed,) = named(spans, f"process {queue.name}")
    (buried,) = named(spans, f"process {dead.name}")
    assert (failed.status.status_code, buried.status.status_code) == (
        StatusCode.ERROR,
        StatusCode.UNSET,
    )
    assert_inside(records.by("worker")[0], buried, dead, "id-a")


async def test_callback_that_fails_is_logged_once(queue, records, spans) -> None:
    """One traceback inside the span, none without a trace ID from aiormq or asyncio."""

    async def fail(message: AbstractIncomingMessage) -> None:
        async with message.process():
            raise LookupError("no such order")

    async with consuming(queue, fail):
        await send(queue, "a", "b")
        await until(lambda: len(named(spans, f"process {queue.name}")) == 2)
    await until(lambda: len([each for each in records.written if each.exception]) >= 2)

    written = [each for each in records.written if each.exception is not None]
    assert len(written) == 2
    for record, span in zip(written, named(spans, f"process {queue.name}"), strict=True):
        assert_inside(record, span, queue, record.attributes["messaging.message.id"])
        assert span.status.status_code is StatusCode.ERROR
        assert len(span.events) == 1


async def test_connection_made_while_serving(broker, records, spans) -> None:
    """Nothing of the request that made the connection stands on messages' records."""
    bind(order="of the first request")
    token = attach(baggage.set_baggage("user.id", "first"))
    with tracer.start_as_current_span("first request"):
        connection = await aio_pika.connect_robust(broker.url)
        channel = await connection.channel()
    detach(token)
    async with connection:
        queue = await channel.declare_queue("lazy", auto_delete=True)
        seen: list[object] = []

        async def handle(message: AbstractIncomingMessage) -> None:
            seen.append(baggage.get_all())
            log.info("handled")
            await message.ack()

        async def subscribe() -> None:
            bind(order="none")
            await queue.consume(handle)

        await asyncio.create_task(subscribe())
        with suppress_instrumentation():
            await channel.default_exchange.publish(aio_pika.Message(b"x"), "lazy")
        await until(lambda: named(spans, "process lazy"))

    (processed,) = named(spans, "process lazy")
    assert processed.parent is None
    assert records.by("worker")[0].attributes["order"] == "none"
    assert seen == [{}]


async def test_consumer_after_reconnection(broker, records, spans) -> None:
    """A consumer that a robust connection has restored is traced once, as before."""
    async with await aio_pika.connect_robust(broker.url, reconnect_interval=0.1) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("restored")

        async def handle(message: AbstractIncomingMessage) -> None:
            log.info("handled")
            await message.ack()

        await queue.consume(handle)
        reconnected = asyncio.Event()
        connection.reconnect_callbacks.add(lambda *_: reconnected.set())
        await connection.transport.connection.close(ConnectionError("cut"))
        async with asyncio.timeout(SECONDS):
            await reconnected.wait()
        await channel.ready()
        await send(queue, "a")
        await until(lambda: named(spans, "process restored"))
        await queue.delete(if_unused=False)

    (processed,) = named(spans, "process restored")
    assert_inside(records.by("worker")[0], processed, queue, "id-a")
