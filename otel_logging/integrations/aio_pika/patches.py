"""What stands around aio-pika's methods; each has the signature of a wrapt wrapper."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter, time_ns
from typing import Any, Final
from weakref import WeakKeyDictionary

from aio_pika import Exchange, Queue
from aio_pika.abc import AbstractIncomingMessage, AbstractMessage
from aio_pika.message import IncomingMessage
from aio_pika.queue import QueueIterator
from aio_pika.robust_queue import RobustQueue, RobustQueueIterator
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.instrumentation.utils import is_instrumentation_enabled

from otel_logging.integrations.aio_pika.carrier import Carrying, extract, has_span
from otel_logging.integrations.aio_pika.delivery import (
    Delivery,
    current_delivery,
    deliver,
    traced,
)
from otel_logging.integrations.aio_pika.operation import (
    Destination,
    Operation,
    operation_on,
    server_of,
)
from otel_logging.integrations.aio_pika.telemetry import fail, telemetry

Method = Callable[..., Awaitable[Any]]
Args = tuple[Any, ...]
Kwargs = Mapping[str, Any]

_TRACED: Final = "__otel_logging_traced__"

_looped: WeakKeyDictionary[QueueIterator, Delivery] = WeakKeyDictionary()


async def publish(wrapped: Method, exchange: Exchange, args: Args, kwargs: Kwargs) -> Any:
    """`Exchange.publish`: a PRODUCER span, whose context the message carries."""
    if not is_instrumentation_enabled():
        return await wrapped(*args, **kwargs)
    return await _send(wrapped, exchange, *args, **kwargs)


async def _send(
    wrapped: Method, exchange: Exchange, message: AbstractMessage, routing_key: str, **options: Any
) -> Any:
    destination = Destination(exchange.name, routing_key)
    operation = operation_on("send", destination, server_of(exchange.channel))
    current = get_current()
    # Sent outside any span, a message goes on with the trace that it was received with.
    parent = current if has_span(current) else extract(message, current)
    attributes = operation.span_attributes(message)
    span = telemetry().tracer.start_span(
        operation.span_name, parent, operation.span_kind, attributes
    )
    token = attach(trace.set_span_in_context(span, parent))
    started = perf_counter()
    error: str | None = None
    try:
        return await wrapped(Carrying(message), routing_key, **options)
    except Exception as raised:
        error = fail(span, raised)
        raise
    finally:
        # Inside the span, which the measurement is an example of.
        telemetry().ended(operation, perf_counter() - started, error)
        detach(token)
        span.end()


async def consume(wrapped: Method, queue: Queue, args: Args, kwargs: Kwargs) -> Any:
    """`Queue.consume`: each call of the callback is a CONSUMER span."""
    return await _consume(wrapped, queue, *args, **kwargs)


async def _consume(wrapped: Method, queue: Queue, callback: Any, *args: Any, **kwargs: Any) -> Any:
    iterates = isinstance(getattr(callback, "__self__", None), QueueIterator)
    # A robust queue passes its callback on to the plain queue, and again on each reconnection.
    if not iterates and not hasattr(callback, _TRACED):
        callback = traced(callback, queue)
        setattr(callback, _TRACED, True)
    return await wrapped(callback, *args, **kwargs)


async def get(wrapped: Method, queue: Queue, args: Args, kwargs: Kwargs) -> Any:
    """`Queue.get`: a CLIENT span when there was a message."""
    started, began = perf_counter(), time_ns()
    message: AbstractIncomingMessage | None = await wrapped(*args, **kwargs)
    if message is not None and is_instrumentation_enabled():
        _received(message, queue, began)
        telemetry().ended(_receiving(message, queue), perf_counter() - started)
    return message


def _receiving(message: AbstractIncomingMessage, queue: Queue) -> Operation:
    destination = Destination(message.exchange or "", message.routing_key or "", queue.name)
    return operation_on("receive", destination, server_of(queue.channel))


def _received(message: AbstractIncomingMessage, queue: Queue, began: int) -> None:
    operation = _receiving(message, queue)
    carried = extract(message, Context())
    current = get_current()
    links = []
    if has_span(current) and has_span(carried):
        links = [trace.Link(trace.get_current_span(carried).get_span_context())]
    telemetry().tracer.start_span(
        operation.span_name,
        current if has_span(current) else carried,
        operation.span_kind,
        operation.span_attributes(message),
        links,
        began,
    ).end()


async def next_message(wrapped: Method, iterator: QueueIterator, _: Args, __: Kwargs) -> Any:
    """`QueueIterator.__anext__`: what follows, until the next call, is a CONSUMER span."""
    _finish(iterator)
    message = await wrapped()
    if is_instrumentation_enabled():
        # The iterator keeps its queue for itself, and has no other link to it.
        queue = iterator._amqp_queue  # noqa: SLF001
        delivery = deliver(message, queue, get_current())
        delivery.enter()
        delivery.end_with_task()
        _looped[iterator] = delivery
    return message


async def close(wrapped: Method, iterator: QueueIterator, args: Args, kwargs: Kwargs) -> Any:
    """`QueueIterator.close`: no message is processed any longer."""
    _finish(iterator)
    return await wrapped(*args, **kwargs)


async def exit_iterator(wrapped: Method, iterator: QueueIterator, args: Args, _: Kwargs) -> Any:
    """`QueueIterator.__aexit__`: what left the loop's body is the span's exception."""
    _finish(iterator, args[1])
    return await wrapped(*args)


def _finish(iterator: QueueIterator, error: BaseException | None = None) -> None:
    delivery = _looped.pop(iterator, None)
    if delivery is None:
        return
    if isinstance(error, Exception):
        delivery.fail(error)
    delivery.leave()
    delivery.end()


async def accept(wrapped: Method, message: IncomingMessage, args: Args, kwargs: Kwargs) -> Any:
    """`IncomingMessage.ack`: a looped message's span ends."""
    result = await wrapped(*args, **kwargs)
    delivery = current_delivery(message)
    if delivery is not None:
        delivery.settled()
    return result


async def refuse(wrapped: Method, message: IncomingMessage, args: Args, kwargs: Kwargs) -> Any:
    """`nack` and `reject`: the span fails, by the exception that is being handled if any."""
    delivery = current_delivery(message)
    if delivery is not None:
        delivery.refused(sys.exc_info()[1])
    return await accept(wrapped, message, args, kwargs)


PATCHES: Final = (
    (Exchange, "publish", publish),
    (Queue, "consume", consume),
    (RobustQueue, "consume", consume),
    (Queue, "get", get),
    (QueueIterator, "__anext__", next_message),
    (RobustQueueIterator, "__anext__", next_message),
    (QueueIterator, "close", close),
    (QueueIterator, "__aexit__", exit_iterator),
    (IncomingMessage, "ack", accept),
    (IncomingMessage, "nack", refuse),
    (IncomingMessage, "reject", refuse),
)
