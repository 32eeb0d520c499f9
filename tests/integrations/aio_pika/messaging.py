"""What the tests of aio-pika do and look at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractQueue
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

log = logging.getLogger("worker")
tracer = trace.get_tracer("test")

SECONDS = 60


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def send(queue: AbstractQueue, *bodies: str, **options: object) -> int:
    """Publish messages under one span; returns its trace ID."""
    with tracer.start_as_current_span("order") as span:
        for body in bodies:
            message = aio_pika.Message(body.encode(), message_id=f"id-{body}", **options)
            await queue.channel.default_exchange.publish(message, queue.name)
    return span.get_span_context().trace_id


def named(spans, name: str) -> list[ReadableSpan]:
    """Return the spans of one name that have ended, in order."""
    return [span for span in spans.get_finished_spans() if span.name == name]


def assert_inside(record, span: ReadableSpan, queue: AbstractQueue, message_id: str) -> None:
    """Check that a record belongs to a span and says which message was processed."""
    assert (record.trace_id, record.span_id) == (
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
    )
    assert record.attributes["messaging.destination.name"] == queue.name
    assert record.attributes["messaging.message.id"] == message_id


@asynccontextmanager
async def consuming(queue: AbstractQueue, callback) -> AsyncIterator[None]:
    """Consume a queue by callback."""
    tag = await queue.consume(callback)
    yield
    await queue.cancel(tag)
