"""Publishing: spans, headers, baggage."""

from __future__ import annotations

from contextlib import suppress

import aio_pika
import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import attach, detach, get_current
from opentelemetry.trace import StatusCode

from tests.integrations.aio_pika.messaging import (
    named,
    send,
    tracer,
)

pytestmark = pytest.mark.rabbitmq


async def test_attributes(queue, broker, records, spans) -> None:
    """Spans follow the messaging conventions."""
    await send(queue, "body", correlation_id="c-1")
    await queue.get(no_ack=True)

    common = {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": queue.name,
        "messaging.rabbitmq.destination.routing_key": queue.name,
        "messaging.message.id": "id-body",
        "messaging.message.conversation_id": "c-1",
        "messaging.message.body.size": 4,
        "server.address": "127.0.0.1",
        "server.port": broker.port,
    }
    (sent,) = named(spans, f"send {queue.name}")
    assert dict(sent.attributes) == {
        **common,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
    }
    (received,) = named(spans, f"receive {queue.name}")
    assert dict(received.attributes) == {
        **common,
        "messaging.operation.name": "receive",
        "messaging.operation.type": "receive",
        "messaging.rabbitmq.message.delivery_tag": 1,
    }


async def test_exchange(channel, queue, records, spans) -> None:
    """With an exchange of its own, the destination is exchange, routing key and queue."""
    exchange = await channel.declare_exchange("shop", aio_pika.ExchangeType.TOPIC)
    await queue.bind(exchange, "order.*")
    await exchange.publish(aio_pika.Message(b"x"), "order.paid")
    async with queue.iterator() as messages:
        async for message in messages:
            await message.ack()
            break
    await exchange.delete()

    (sent,) = named(spans, "send shop:order.paid")
    (processed,) = named(spans, f"process {queue.name}")
    assert sent.attributes["messaging.destination.name"] == "shop:order.paid"
    name = f"shop:order.paid:{queue.name}"
    assert processed.attributes["messaging.destination.name"] == name


async def test_failed_publication(channel, records, spans) -> None:
    """A publication that the client refuses marks its span."""
    exchange = await channel.declare_exchange("inner", internal=True)
    with suppress(ValueError):
        await exchange.publish(aio_pika.Message(b"x"), "key")
    await exchange.delete()

    (sent,) = named(spans, "send inner:key")
    assert sent.status.status_code is StatusCode.ERROR
    assert sent.attributes["error.type"] == "ValueError"


async def test_passed_on_in_another_context(queue, records, spans) -> None:
    """Passed on inside another span, a message carries that span's context and no other."""
    token = attach(baggage.set_baggage("user.id", "u-1"))
    await send(queue, "a")
    detach(token)
    message = await queue.get(no_ack=True)
    with tracer.start_as_current_span("other") as other:
        await queue.channel.default_exchange.publish(message, queue.name)
    again = await queue.get(no_ack=True)

    assert "baggage" not in again.headers
    assert f"{other.get_span_context().trace_id:032x}" in again.headers["traceparent"]


async def test_baggage_travels(queue, records, spans) -> None:
    """R1.6: baggage goes along with the message, the consumer's own does not mix in."""
    token = attach(baggage.set_baggage("user.id", "u-1"))
    await send(queue, "a")
    detach(token)
    token = attach(baggage.set_baggage("user.roles", "consumer"))
    async with queue.iterator() as messages:
        async for message in messages:
            seen = dict(baggage.get_all())
            await message.ack()
            break
    detach(token)

    assert seen == {"user.id": "u-1"}


async def test_message_of_the_caller_stays_as_it_is(queue, records, spans) -> None:
    """Publishing changes no headers of the caller's, and sends none of an earlier context."""
    headers = {"x-mine": "1"}
    message = aio_pika.Message(b"x", headers=headers)
    token = attach(baggage.set_baggage("user.id", "u-1"))
    await queue.channel.default_exchange.publish(message, queue.name)
    detach(token)
    await queue.channel.default_exchange.publish(message, queue.name)
    first, second = [await queue.get(no_ack=True) for _ in range(2)]

    assert message.headers == headers == {"x-mine": "1"}
    assert set(first.headers) == {"x-mine", "traceparent", "baggage"}
    assert set(second.headers) == {"x-mine", "traceparent"}
    assert first.headers["traceparent"] != second.headers["traceparent"]


async def test_retry_outside_any_span(queue, records, spans) -> None:
    """R3.4: put back later, by a task without a span, a message keeps trace and baggage."""
    token = attach(baggage.set_baggage("user.id", "u-1"))
    trace_id = await send(queue, "a")
    detach(token)
    message = await queue.get()
    await message.ack()
    assert not trace.get_current_span().get_span_context().is_valid
    await queue.channel.default_exchange.publish(message, queue.name)
    again = await queue.get(no_ack=True)

    assert {span.context.trace_id for span in spans.get_finished_spans()} == {trace_id}
    assert again.headers["baggage"] == "user.id=u-1"
    assert again.message_id == "id-a"
    assert get_current() == {}
