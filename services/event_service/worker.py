"""The worker: processes events one after the other, each until done or given up."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage
from pydantic import BaseModel, ValidationError

from otel_logging import bound
from otel_logging.events import event_dead_lettered, event_published, event_retried
from services.event_service import topology
from services.event_service.broker import Broker
from services.event_service.events import Event
from services.event_service.handlers import Handler
from services.event_service.measures import Measures
from services.event_service.orders import Outcome
from services.event_service.seen import Seen
from services.event_service.stages import reason_of, stage

log = logging.getLogger(__name__)

ATTEMPT = "x-attempt"


@dataclass(frozen=True, slots=True)
class Task:
    """An event that can be processed."""

    event: Event
    data: BaseModel
    handler: Handler
    attempt: int


class UnknownTypeError(Exception):
    """There is no handler for an event's type."""


class Worker:
    """Process each event; try again, later each time, when that raises; then dead-letter it.

    Args:
        broker: where outcomes and retries go.
        handlers: what is done, by type of event.
        measures: what is counted.
        seen: which messages were dealt with.
        retry_pause: seconds before the second attempt; doubled before each further one.
    """

    def __init__(
        self,
        broker: Broker,
        handlers: Mapping[str, Handler],
        measures: Measures,
        seen: Seen,
        retry_pause: float,
    ) -> None:
        self._broker = broker
        self._handlers = handlers
        self._measures = measures
        self._retry_pause = retry_pause
        self._seen = seen

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Process one message and acknowledge, retry or dead-letter it."""
        self._measures.delivered(topology.ORDERS, message)
        # Not whatever a stranger writes there: it becomes an attribute of a metric.
        event_type = next((each for each in self._handlers if each == message.type), "unknown")
        if message.message_id in self._seen:
            log.info("duplicate event skipped", extra={"event.id": message.message_id})
            self._measures.processed(event_type, "duplicate")
            await message.ack()
            return
        try:
            task = self._read(message)
        except UnknownTypeError:
            await self._bury(message, event_type, "unknown_type")
        except ValidationError as error:
            # Not its traceback: that would quote what was sent.
            errors = error.errors(include_input=False, include_context=False, include_url=False)
            log.warning("event is malformed", extra={"event.errors": errors})
            await self._bury(message, event_type, "malformed")
        else:
            about = {"event.id": task.event.id, "event.type": task.event.type}
            order_id = getattr(task.data, "order_id", None)
            # Every line until the end of the block carries these, those of other modules too.
            with bound({**about, **({"order.id": order_id} if order_id else {})}):
                await self._attempt(message, task)

    def _read(self, message: AbstractIncomingMessage) -> Task:
        event = Event.model_validate_json(message.body)
        handler = self._handlers.get(event.type)
        if handler is None:
            raise UnknownTypeError(event.type)
        return Task(event, handler.data.model_validate(event.data), handler, _attempt(message))

    async def _attempt(self, message: AbstractIncomingMessage, task: Task) -> None:
        try:
            with stage("process"):
                outcome = await task.handler.handle(task.data)
                if outcome is not None:
                    await self._tell(outcome)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is tried again
            await self._failed(message, task, error)
            return
        self._seen.add(message.message_id)
        await message.ack()
        failed = outcome is not None and outcome.status == "failed"
        self._measures.processed(task.event.type, "failed" if failed else "done")

    async def _failed(self, message: AbstractIncomingMessage, task: Task, error: Exception) -> None:
        if task.attempt < topology.MAX_ATTEMPTS:
            pause = self._retry_pause * 2 ** (task.attempt - 1)
            log.warning("attempt failed", extra={"event.attempt": task.attempt}, exc_info=error)
            await self._broker.publish_retry(_next(message, task.attempt, pause), task.attempt)
            await message.ack()
            event_retried(attempt=task.attempt, delay_seconds=pause, reason=reason_of(error))
            self._measures.processed(task.event.type, "retried")
            return
        order_id = getattr(task.data, "order_id", None)
        if order_id is not None:
            reason = "could not be processed"
            await self._tell(Outcome(order_id=order_id, status="failed", reason=reason))
        log.error("event could not be processed", exc_info=error)
        await self._bury(message, task.event.type, reason_of(error))

    async def _bury(self, message: AbstractIncomingMessage, event_type: str, reason: str) -> None:
        await message.reject(requeue=False)
        destination, attempt = topology.DEAD_LETTERS, _attempt(message)
        event_dead_lettered(reason=reason, attempt=attempt, destination=destination)
        self._measures.processed(event_type, "dead_lettered")

    async def _tell(self, outcome: Outcome) -> None:
        message_id = f"{outcome.order_id}.{outcome.status}"
        message = Message(
            outcome.model_dump_json().encode(),
            content_type="application/json",
            message_id=message_id,
            correlation_id=outcome.order_id,
            type=f"order.{outcome.status}",
            app_id="event-service",
        )
        await self._broker.publish_outcome(message)
        event_published(
            destination=topology.OUTCOMES,
            event_type=f"order.{outcome.status}",
            summary=f"order {outcome.status}" + (f": {outcome.reason}" if outcome.reason else ""),
            event_id=message_id,
        )


def _attempt(message: AbstractIncomingMessage) -> int:
    """1 the first time."""
    number = message.headers.get(ATTEMPT, 1)
    return number if isinstance(number, int) else 1


def _next(message: AbstractIncomingMessage, attempt: int, pause: float) -> Message:
    """The same message, to be delivered again after a pause in seconds."""
    return Message(
        message.body,
        headers={**message.headers, ATTEMPT: attempt + 1},
        content_type=message.content_type,
        message_id=message.message_id,
        type=message.type,
        timestamp=message.timestamp,
        app_id=message.app_id,
        expiration=pause,
    )
