"""The worker: processes order events, one after the other."""

from __future__ import annotations

import logging

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage
from pydantic import ValidationError

from otel_logging import bound
from services.event_service.broker import Broker
from services.event_service.events import Event
from services.event_service.orders import Order, Orders, Outcome

log = logging.getLogger(__name__)

ATTEMPT = "x-attempt"
MAX_ATTEMPTS = 3


class Worker:
    """Process each event; try again when that raises, then dead-letter it.

    Args:
        broker: where outcomes go.
        orders: what is done with them.
        retry_pause: seconds between two attempts.
    """

    def __init__(self, broker: Broker, orders: Orders, retry_pause: float) -> None:
        self._broker = broker
        self._orders = orders
        self._retry_pause = retry_pause

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Process one message and acknowledge, retry or dead-letter it."""
        try:
            event = Event.model_validate_json(message.body)
            order = Order.model_validate(event.data)
        except ValidationError as error:
            # Not its traceback: that would quote what was sent.
            errors = error.errors(include_input=False, include_context=False, include_url=False)
            log.error("event is malformed", extra={"event.errors": errors})  # noqa: TRY400
            await message.reject(requeue=False)
            return
        # Every line until the end of the block carries these, those of other modules too.
        with bound({"event.id": event.id, "event.type": event.type, "order.id": order.order_id}):
            await self._attempt(message, order)

    async def _attempt(self, message: AbstractIncomingMessage, order: Order) -> None:
        log.info("processing started", extra={"event.attempt": _attempt_number(message)})
        try:
            outcome = await self._orders.process(order)
            await self._tell(outcome)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is tried again
            await self._failed(message, order, error)
        else:
            await message.ack()
            log.info("processing done", extra={"order.status": outcome.status})

    async def _failed(
        self, message: AbstractIncomingMessage, order: Order, error: Exception
    ) -> None:
        attempt = _attempt_number(message)
        if attempt < MAX_ATTEMPTS:
            log.warning(
                "attempt failed; trying again", extra={"event.attempt": attempt}, exc_info=error
            )
            await self._broker.publish_retry(_next_attempt(message, self._retry_pause))
            await message.ack()
            return
        reason = "could not be processed"
        await self._tell(Outcome(order_id=order.order_id, status="failed", reason=reason))
        await message.reject(requeue=False)
        log.error("event dead-lettered", extra={"event.attempt": attempt}, exc_info=error)

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
        about = {"order.status": outcome.status, "order.reason": outcome.reason}
        log.info("outcome published", extra=about)


def _attempt_number(message: AbstractIncomingMessage) -> int:
    """1 the first time."""
    number = message.headers.get(ATTEMPT, 1)
    return number if isinstance(number, int) else 1


def _next_attempt(message: AbstractIncomingMessage, pause: float) -> Message:
    """The same message, to be delivered again after a pause in seconds."""
    return Message(
        message.body,
        headers={**message.headers, ATTEMPT: _attempt_number(message) + 1},
        content_type=message.content_type,
        message_id=message.message_id,
        type=message.type,
        timestamp=message.timestamp,
        app_id=message.app_id,
        expiration=pause,
    )
