"""One message while it is processed: its span, its context, what its records carry."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from opentelemetry import trace
from opentelemetry.context import Context, attach, create_key, get_current, get_value, set_value

from otel_logging.context import RequestScope, bound_attributes, current_request
from otel_logging.integrations.aio_pika.carrier import extract, has_span
from otel_logging.integrations.aio_pika.operation import (
    Destination,
    Operation,
    operation_on,
    server_of,
)
from otel_logging.integrations.aio_pika.telemetry import fail, mark_failed, telemetry
from otel_logging.integrations.unhandled import log_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

Callback = Callable[["AbstractIncomingMessage"], Any]

_DELIVERY: Final = create_key("otel_logging.delivery")

_logger = logging.getLogger("otel_logging.integrations.aio_pika")


class _Outside(NamedTuple):
    """What was in force before a message was entered."""

    context: Context
    request: RequestScope | None
    bound: Mapping[str, Any]


class Delivery:
    """A message that is being processed, from `enter` to `leave`, and its span, until `end`.

    As a context manager it does all three around a block.

    Args:
        message: The message.
        operation: Its processing.
        ambient: The context in force if the message carries none.

    Attributes:
        message: The message.
        span: The CONSUMER span.
    """

    __slots__ = (
        "_context",
        "_error",
        "_operation",
        "_outside",
        "_request",
        "_started",
        "_task",
        "message",
        "span",
    )

    def __init__(
        self, message: AbstractIncomingMessage, operation: Operation, ambient: Context
    ) -> None:
        # Into an empty context: the baggage of whoever consumes is not the message's.
        carried = extract(message, Context())
        parent = carried if has_span(carried) else ambient
        self.message = message
        self.span = telemetry().tracer.start_span(
            operation.span_name,
            parent,
            operation.span_kind,
            operation.span_attributes(message),
        )
        self._operation = operation
        self._context = set_value(_DELIVERY, self, trace.set_span_in_context(self.span, parent))
        self._request = RequestScope(operation.record_attributes(message))
        self._outside: _Outside | None = None
        self._started: float | None = perf_counter()
        self._error: str | None = None
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, Exception):
            self.fail(error)
        self.leave()
        self.end()

    def enter(self) -> None:
        """Make span, context and record attributes those of the message."""
        self._outside = _Outside(get_current(), current_request.get(), bound_attributes.get())
        attach(self._context)
        current_request.set(self._request)

    def leave(self) -> None:
        """Restore what was in force before, unless this is not where the message was entered."""
        # Restored by value, not by token: the two may run in different tasks.
        if self._outside is None or get_value(_DELIVERY) is not self:
            return
        attach(self._outside.context)
        current_request.set(self._outside.request)
        bound_attributes.set(self._outside.bound)

    def fail(self, error: BaseException) -> None:
        """Put an exception on the span, the first one, unless the span has ended."""
        if self._started is not None and self._error is None:
            self._error = fail(self.span, error)

    def refused(self, error: BaseException | None) -> None:
        """Mark the span as failed: the message was rejected, because of an exception or not."""
        if isinstance(error, Exception):
            self.fail(error)
        elif self._started is not None and self._error is None:
            self._error = mark_failed(self.span, "rejected", "the message was rejected")

    def end(self) -> None:
        """End the span, once."""
        if self._started is None:
            return
        telemetry().ended(self._operation, perf_counter() - self._started, self._error)
        self._started = None
        self.span.end()
        if self._task is not None:
            self._task.remove_done_callback(self._task_ended)
            self._task = None

    def end_with_task(self) -> None:
        """End the span at the latest when the current task ends."""
        self._task = asyncio.current_task()
        if self._task is not None:
            self._task.add_done_callback(self._task_ended)

    def settled(self) -> None:
        """End the span of a looped message that was acknowledged or rejected."""
        if self._task is not None:
            self.end()

    def _task_ended(self, task: asyncio.Task[Any]) -> None:
        # `task.exception()` would silence asyncio's "exception was never retrieved".
        error = getattr(task, "_exception", None)
        if isinstance(error, Exception):
            self.fail(error)
        self.end()


def current_delivery(message: AbstractIncomingMessage) -> Delivery | None:
    """Return the processing of a message, if the current context is part of it."""
    delivery = get_value(_DELIVERY)
    if isinstance(delivery, Delivery) and delivery.message is message:
        return delivery
    return None


def deliver(message: AbstractIncomingMessage, queue: AbstractQueue, ambient: Context) -> Delivery:
    """Start to process a message that a queue has pushed to this consumer."""
    operation = _processing(message, queue.name, queue.channel)
    telemetry().count_consumed(operation)
    return Delivery(message, operation, ambient)


@contextmanager
def processing(message: AbstractIncomingMessage, queue: str = "") -> Iterator[trace.Span]:
    """Process a message under a span of its own, a child of the producer's.

    For messages from `queue.get()`, or handed to another task or thread. Inside a callback or a
    loop that processes the same message already it changes nothing.

    Args:
        message: The message.
        queue: Name of the queue, where it is not the routing key.
    """
    current = current_delivery(message)
    if current is not None:
        yield current.span
        return
    operation = _processing(message, queue, _channel(message))
    with Delivery(message, operation, get_current()) as delivery:
        yield delivery.span


def traced(callback: Callback, queue: AbstractQueue) -> Callable[..., Awaitable[Any]]:
    """Wrap a consumer's callback: each message is processed under its own span.

    Args:
        callback: A function or a coroutine function.
        queue: The queue that is consumed.
    """
    # Callbacks run in the context in which the connection was made, be it a request.
    inherited = bound_attributes.get()

    async def process(message: AbstractIncomingMessage) -> Any:
        bound_attributes.set(inherited)
        with deliver(message, queue, Context()):
            try:
                result = callback(message)
                return await result if inspect.isawaitable(result) else result
            except Exception as error:
                log_once(_logger, "Unhandled exception while processing a message", error)
                raise

    return process


def _processing(message: AbstractIncomingMessage, queue: str, channel: object) -> Operation:
    destination = Destination(message.exchange or "", message.routing_key or "", queue)
    return operation_on("process", destination, server_of(channel))


def _channel(message: AbstractIncomingMessage) -> object:
    from aiormq.exceptions import ChannelInvalidStateError  # noqa: PLC0415 - optional

    try:
        return message.channel
    except ChannelInvalidStateError:
        return None
