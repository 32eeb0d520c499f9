"""What is measured of events: how many wait, how long, and how fast they are worked off.

| metric | unit | |
|---|---|---|
| `event.queue.length` | {message} | by queue: messages that wait, as the broker counts them |
| `event.queue.wait` | s | by queue: from publication to delivery |
| `event.consumer.lag` | s | by queue: how long the newest delivery had waited |
| `event.processed` | {event} | by type and outcome, see `Outcome` |
| `event.batch.size` | {event} | |
| `event.batch.duration` | s | |

No metric carries an ID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import time
from typing import Any, Literal

from aio_pika.abc import AbstractIncomingMessage
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

PUBLISHED_AT = "x-published-at"
"""Header: when a message was published, in Unix milliseconds; AMQP's own has whole seconds."""

SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)

QUEUE = "messaging.destination.name"

Outcome = Literal["done", "failed", "retried", "dead_lettered", "duplicate"]


class Measures:
    """The instruments."""

    def __init__(self) -> None:
        meter = metrics.get_meter(__name__)
        self._lengths: Mapping[str, int] = {}
        self._lags: dict[str, float] = {}
        self._wait = meter.create_histogram(
            "event.queue.wait", "s", explicit_bucket_boundaries_advisory=SECONDS
        )
        self._processed = meter.create_counter("event.processed", "{event}")
        self._batch_size = meter.create_histogram(
            "event.batch.size", "{event}", explicit_bucket_boundaries_advisory=SIZES
        )
        self._batch_duration = meter.create_histogram(
            "event.batch.duration", "s", explicit_bucket_boundaries_advisory=SECONDS
        )
        meter.create_observable_gauge("event.queue.length", [self._observe_lengths], "{message}")
        meter.create_observable_gauge("event.consumer.lag", [self._observe_lags], "s")

    def delivered(self, queue: str, message: AbstractIncomingMessage) -> None:
        """A message came in; note how long it had waited."""
        published = message.headers.get(PUBLISHED_AT)
        if isinstance(published, int):
            waited = max(0.0, time() - published / 1000)
            self._lags[queue] = waited
            self._wait.record(waited, {QUEUE: queue})

    def processed(self, event_type: str, outcome: Outcome) -> None:
        """An event was dealt with."""
        self._processed.add(1, {"event.type": event_type, "event.outcome": outcome})

    def batch(self, size: int, seconds: float) -> None:
        """A batch was dealt with."""
        self._batch_size.record(size)
        self._batch_duration.record(seconds)

    def lengths(self, lengths: Mapping[str, int]) -> None:
        """What the broker says of its queues; of one that is empty nothing waits for anything."""
        self._lengths = lengths
        for queue, length in lengths.items():
            if length == 0 and queue in self._lags:
                self._lags[queue] = 0.0

    def _observe_lengths(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(length, {QUEUE: queue}) for queue, length in self._lengths.items()]

    def _observe_lags(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(lag, {QUEUE: queue}) for queue, lag in dict(self._lags).items()]


def published_now() -> dict[str, Any]:
    """The header of a message that is published now."""
    return {PUBLISHED_AT: int(time() * 1000)}
