"""Fetching single messages."""

from __future__ import annotations

import pytest
from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import trace

from otel_logging.integrations import aio_pika as integration
from tests.integrations.aio_pika.messaging import (
    assert_inside,
    consuming,
    log,
    named,
    send,
    tracer,
    until,
)

pytestmark = pytest.mark.rabbitmq


async def test_get(queue, records, spans) -> None:
    """R3.4: `get` has a span; work under `processing` is in the message's trace, too."""
    trace_id = await send(queue, "a")
    assert await queue.get(no_ack=True) is not None
    assert await queue.get(fail=False) is None
    trace_of_b = await send(queue, "b")
    message = await queue.get()
    with integration.processing(message):
        log.info("worked")
        await message.ack()
    log.info("outside")

    received = named(spans, f"receive {queue.name}")
    (processed,) = named(spans, f"process {queue.name}")
    assert [span.context.trace_id for span in received] == [trace_id, trace_of_b]
    assert processed.context.trace_id == trace_of_b
    inside, outside = records.by("worker")
    assert_inside(inside, processed, queue, "id-b")
    assert (outside.trace_id, outside.attributes) == (None, {})


async def test_get_while_serving(queue, records, spans) -> None:
    """Fetched inside another span, `receive` belongs there and links to the publication."""
    trace_id = await send(queue, "a")
    with tracer.start_as_current_span("request") as request:
        await queue.get(no_ack=True)

    (received,) = named(spans, f"receive {queue.name}")
    assert received.parent.span_id == request.get_span_context().span_id
    assert [link.context.trace_id for link in received.links] == [trace_id]


async def test_processing_again_changes_nothing(queue, records, spans) -> None:
    """`processing` inside a callback for the same message makes no second span."""

    async def handle(message: AbstractIncomingMessage) -> None:
        with integration.processing(message) as span:
            assert span is trace.get_current_span()
        log.info("still inside")
        await message.ack()

    async with consuming(queue, handle):
        await send(queue, "a")
        await until(lambda: named(spans, f"process {queue.name}"))

    (processed,) = named(spans, f"process {queue.name}")
    assert_inside(records.by("worker")[0], processed, queue, "id-a")
