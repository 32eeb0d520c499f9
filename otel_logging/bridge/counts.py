"""Cumulative counts of records, kept by the worker and read by the metric reader."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_logging import semconv
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from otel_logging.bridge.record import Record

SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
MAX_EVENT_NAMES: Final = 200
"""Event names counted apart; what comes later is counted as `other`."""

Key = tuple[str, str, str]


class Counts:
    """Records by severity, event name and outcome; drops by severity and reason.

    The plain severities start at 0, so that the first record of a kind is an increase.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Counter[Key] = Counter({(text, "", ""): 0 for text in SEVERITIES})
        self._drops: Counter[tuple[str, str]] = Counter(
            {("queue_full", text): 0 for text in SEVERITIES}
        )
        self._events: set[str] = set()

    def seen(self, records: Sequence[Record]) -> None:
        """Count records that were redacted."""
        lines = Counter([record.severity_text for record in records if not record.event_name])
        keys: Counter[Key] = Counter({(text, "", ""): count for text, count in lines.items()})
        if lines.total() < len(records):
            keys.update(
                self._key(record, record.event_name) for record in records if record.event_name
            )
        with self._lock:
            self._seen.update(keys)

    def dropped(self, reason: str, by_severity: Mapping[str, int]) -> None:
        """Count records that will not be delivered."""
        with self._lock:
            for text, count in by_severity.items():
                self._drops[reason, text] += count

    def drops(self) -> dict[tuple[str, str], int]:
        """Return the drops so far, by reason and severity."""
        with self._lock:
            return {key: count for key, count in self._drops.items() if count}

    def after_fork(self) -> None:
        """Start with a free lock in a forked child, and count from 0."""
        self.__init__()  # type: ignore[misc]

    def observe(self, meter: Meter, queue_size: Callable[[], int]) -> None:
        """Report the counts as metrics."""
        meter.create_observable_counter(
            semconv.METRIC_LOG_RECORDS,
            [self._observe_seen],
            unit="{record}",
            description="Log records written, by severity, event name and outcome",
        )
        meter.create_observable_counter(
            semconv.METRIC_LOG_DROPPED,
            [self._observe_drops],
            unit="{record}",
            description="Log records that were not delivered, by severity and reason",
        )
        meter.create_observable_gauge(
            semconv.METRIC_LOG_QUEUE_SIZE,
            [lambda _: [Observation(queue_size())]],
            unit="{record}",
            description="Log records that wait in memory",
        )
        meter.create_observable_counter(
            semconv.METRIC_SELF_ERRORS,
            [_observe_errors],
            unit="{error}",
            description="Failures of the library itself, by kind",
        )

    def _key(self, record: Record, event: str) -> Key:
        if event not in self._events:
            if len(self._events) >= MAX_EVENT_NAMES:
                event = "other"
            self._events.add(event)
        outcome = record.attributes.get(semconv.EVENT_OUTCOME)
        return (record.severity_text, event, outcome if isinstance(outcome, str) else "")

    def _observe_seen(self, _: CallbackOptions) -> Iterable[Observation]:
        with self._lock:
            seen = list(self._seen.items())
        for (text, event, outcome), count in seen:
            attributes: dict[str, Any] = {"severity": text}
            if event:
                attributes[semconv.OTEL_EVENT_NAME] = event
            if outcome:
                attributes[semconv.EVENT_OUTCOME] = outcome
            yield Observation(count, attributes)

    def _observe_drops(self, _: CallbackOptions) -> Iterable[Observation]:
        with self._lock:
            drops = list(self._drops.items())
        for (reason, text), count in drops:
            yield Observation(count, {"reason": reason, "severity": text or "unknown"})


def _observe_errors(_: CallbackOptions) -> Iterable[Observation]:
    return [Observation(count, {"kind": kind}) for kind, count in diagnostics.counts.items()]
