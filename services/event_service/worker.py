"""The worker: takes order events from their queue, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from pydantic import ValidationError

from otel_logging import bound, get_logger
from services.event_service.broker import Broker
from services.event_service.events import Event
from services.event_service.orders import Order, Orders, Outcome
from services.event_service.topology import MAX_ATTEMPTS

log = get_logger(__name__)


class Worker:
    """Process each event; try again when that raises, then dead-letter it.

    Args:
        broker: where events come from and outcomes go.
        orders: what is done with them.
        retry_pause: seconds between two attempts.
    """

    def __init__(self, broker: Broker, orders: Orders, retry_pause: float) -> None:
        self._broker = broker
        self._orders = orders
        self._retry_pause = retry_pause

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in the background for as long as the block lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                async with self._broker.orders() as queue, queue.iterator() as messages:
                    async for message in messages:
                        await self._take(message)
            except CONNECTION_EXCEPTIONS:
                # Unacknowledged messages come again, from the new connection.
                log.warning("the worker lost the broker", exc_info=error)
            await asyncio.sleep(1)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        try:
            event = Event.model_validate_json(message.body)
            order = Order.model_validate(event.data)
        except ValidationError as error:
            # Not its traceback: that would quote what was sent.
            errors = error.errors(include_input=False, include_context=False, include_url=False)
            log.error("event is malformed", errors=errors)  # noqa: TRY400
            await message.reject(requeue=False)
            return
        # Every line until the end of the block carries these, those of other modules too.
        with bound(**{"event.id": event.id, "event.type": event.type, "order.id": order.order_id}):
            await self._attempt(message, order)

    async def _attempt(self, message: AbstractIncomingMessage, order: Order) -> None:
        attempt = _attempts_before(message) + 1
        log.info("processing started", attempt=attempt)
        try:
            outcome = await self._orders.process(order)
            await self._tell(outcome)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is tried again
            await self._failed(message, order, error)
        else:
            await message.ack()
            log.info("processing done", status=outcome.status)

    async def _failed(
        self, message: AbstractIncomingMessage, order: Order, error: Exception
    ) -> None:
        attempt = _attempts_before(message) + 1
        if attempt < MAX_ATTEMPTS:
            log.warning("attempt failed; trying again", attempt=attempt, exc_info=error)
            await asyncio.sleep(self._retry_pause)
            await message.nack(requeue=True)
            return
        log.error("event dead-lettered", attempt=attempt, exc_info=error)
        reason = "could not be processed"
        await self._tell(Outcome(order_id=order.order_id, status="failed", reason=reason))
        await message.reject(requeue=False)

    async def _tell(self, outcome: Outcome) -> None:
        message = Message(
            outcome.model_dump_json().encode(),
            content_type="application/json",
            message_id=f"{outcome.order_id}.{outcome.status}",
            correlation_id=outcome.order_id,
            type=f"order.{outcome.status}",
            app_id="event-service",
        )
        await self._broker.publish_outcome(message)
        log.info("outcome published", status=outcome.status, reason=outcome.reason)


def _attempts_before(message: AbstractIncomingMessage) -> int:
    """How often a quorum queue has delivered this message already."""
    count = message.headers.get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0
