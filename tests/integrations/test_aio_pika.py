"""aio-pika integration, against a real RabbitMQ."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from opentelemetry import baggage, metrics, trace
from opentelemetry.context import attach, detach, get_current
from opentelemetry.instrumentation.aio_pika import AioPikaInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from otel_logging.context import add_request_attributes, bind, context_attributes
from otel_logging.integrations import aio_pika as integration
from otel_logging.integrations.aio_pika.telemetry import telemetry
from stack.rabbitmq import RabbitMQ

pytestmark = pytest.mark.rabbitmq

log = logging.getLogger("worker")
tracer = trace.get_tracer("test")

SECONDS = 60


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """Run one broker for all tests of the file."""
    with RabbitMQ(Path(tmp_path_factory.mktemp("rabbitmq"))) as rabbitmq:
        yield rabbitmq


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


async def test_failed_publication(channel, records, spans) -> None:
    """A publication that the client refuses marks its span."""
    exchange = await channel.declare_exchange("inner", internal=True)
    with suppress(ValueError):
        await exchange.publish(aio_pika.Message(b"x"), "key")
    await exchange.delete()

    (sent,) = named(spans, "send inner:key")
    assert sent.status.status_code is StatusCode.ERROR
    assert sent.attributes["error.type"] == "ValueError"


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


async def test_contrib_is_replaced(queue, records, spans) -> None:
    """OpenTelemetry's own instrumentation gives way, so that nothing is traced twice."""
    integration.uninstrument()
    AioPikaInstrumentor().instrument()
    integration.instrument()
    integration.instrument()
    await send(queue, "a")

    assert not AioPikaInstrumentor().is_instrumented_by_opentelemetry
    assert [span.name for span in spans.get_finished_spans()] == [f"send {queue.name}", "order"]
    integration.uninstrument()
    spans.clear()
    await queue.channel.default_exchange.publish(aio_pika.Message(b"x"), queue.name)
    assert spans.get_finished_spans() == ()


@pytest.fixture
def metered(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """Give the integration instruments whose points can be read."""
    reader = InMemoryMetricReader()
    monkeypatch.setattr(metrics, "get_meter", MeterProvider([reader]).get_meter)
    telemetry.cache_clear()
    yield reader
    telemetry.cache_clear()


def points(reader: InMemoryMetricReader) -> dict[str, list[tuple[str | None, int]]]:
    """Return, by metric, the error type and the count of each point."""
    (resource,) = reader.get_metrics_data().resource_metrics
    return {
        metric.name: [
            (point.attributes.get("error.type"), getattr(point, "count", None) or point.value)
            for point in metric.data.data_points
        ]
        for metric in resource.scope_metrics[0].metrics
    }


async def test_metrics(queue, metered, records, spans) -> None:
    """Each message is counted once when sent and once when consumed; durations are measured."""
    await send(queue, "a", "b", "c")
    message = await queue.get()
    with integration.processing(message):
        await message.ack()

    async def fail(message: AbstractIncomingMessage) -> None:
        async with message.process():
            raise LookupError("no such order")

    async with consuming(queue, fail):
        await until(lambda: len(named(spans, f"process {queue.name}")) == 3)

    assert points(metered) == {
        "messaging.client.sent.messages": [(None, 3)],
        "messaging.client.consumed.messages": [(None, 1), (None, 2)],
        "messaging.client.operation.duration": [(None, 3), (None, 1)],
        "messaging.process.duration": [(None, 1), ("LookupError", 2)],
    }


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
