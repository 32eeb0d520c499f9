"""Events that are processed in batches: gathered up to a number, or for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import trace
from opentelemetry.trace import Link
from pydantic import ValidationError

from otel_logging.events import event_dead_lettered
from services.event_service import topology
from services.event_service.activity import DATA, Activity
from services.event_service.events import Event
from services.event_service.measures import Measures
from services.event_service.stages import reason_of, tracer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is full: at this many events, or after so many seconds."""

    size: int = 50
    seconds: float = 0.5


class _Item(NamedTuple):
    message: AbstractIncomingMessage
    event: Event
    link: Link


@dataclass(slots=True)
class Batches:
    """Gather the events of one connection, and process them together.

    Attributes:
        activity: what is done with a batch.
        measures: what is counted.
        limits: when a batch is full.
    """

    activity: Activity
    measures: Measures
    limits: Limits
    _waiting: asyncio.Queue[_Item] = field(default_factory=asyncio.Queue)

    async def add(self, message: AbstractIncomingMessage) -> None:
        """Take a message; it is acknowledged when its batch is done."""
        self.measures.delivered(topology.ACTIVITY, message)
        try:
            event = Event.model_validate_json(message.body)
            if event.type in DATA:
                DATA[event.type].model_validate(event.data)
        except ValidationError:
            await self._bury(message, "malformed")
            return
        if event.type not in DATA:
            await self._bury(message, "unknown_type")
            return
        # The batch is another trace: it belongs to all of its events.
        link = Link(trace.get_current_span().get_span_context())
        self._waiting.put_nowait(_Item(message, event, link))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Process batches for as long as the block lasts; what waits then is delivered again."""
        task = asyncio.create_task(self._keep_processing())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_processing(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            try:
                async with asyncio.timeout(self.limits.seconds):
                    while len(batch) < self.limits.size:
                        batch.append(await self._waiting.get())
            except TimeoutError:
                pass
            await self._process(batch)

    async def _process(self, batch: Sequence[_Item]) -> None:
        began = perf_counter()
        links = [item.link for item in batch]
        with tracer.start_as_current_span("process batch", links=links) as span:
            span.set_attribute("messaging.batch.message_count", len(batch))
            try:
                await self.activity.count([item.event for item in batch])
            except Exception as error:
                log.exception("batch failed", extra={"messaging.batch.message_count": len(batch)})
                for item in batch:
                    await self._bury(item.message, reason_of(error), item.event)
                return
            for item in batch:
                await item.message.ack()
                self.measures.processed(item.event.type, "done")
            log.info("batch done", extra={"messaging.batch.message_count": len(batch)})
        self.measures.batch(len(batch), perf_counter() - began)

    async def _bury(
        self, message: AbstractIncomingMessage, reason: str, event: Event | None = None
    ) -> None:
        await message.reject(requeue=False)
        event_dead_lettered(
            reason=reason,
            attempt=1,
            destination=topology.DEAD_LETTERS,
            event_type=event.type if event else None,
            event_id=event.id if event else message.message_id,
        )
        self.measures.processed(event.type if event else "unknown", "dead_lettered")
