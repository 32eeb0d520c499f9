"""Spans leave by OpenTelemetry's exporter; batches that it would give up are sent again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_logging import semconv
from otel_logging.bridge.sender import backoff
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

REASONS: Final = ("queue_full", "rejected", "shutdown")


class SpanDrops:
    """Cumulative count of spans that were not delivered, by reason; starts at 0."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drops: Counter[str] = Counter(dict.fromkeys(REASONS, 0))

    def add(self, reason: str, count: int) -> None:
        """Count spans that will not be delivered."""
        with self._lock:
            self._drops[reason] += count
        diagnostics.report(
            f"spans.{reason}", f"{count} spans were dropped: {reason.replace('_', ' ')}"
        )

    def total(self) -> dict[str, int]:
        """Return the drops so far, by reason."""
        with self._lock:
            return dict(self._drops)

    def observe(self, meter: Meter) -> None:
        """Report the counts as a metric."""
        meter.create_observable_counter(
            semconv.METRIC_SPAN_DROPPED,
            [self._observe],
            unit="{span}",
            description="Spans that were not delivered, by reason",
        )

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(count, {"reason": reason}) for reason, count in self.total().items()]


class Closing(Protocol):
    """What has to know when the process ends."""

    def close_by(self, deadline: float) -> None:
        """Give up at a time (`time.monotonic`); it may take until then to return."""


class RetryingSpanExporter(SpanExporter):
    """Exports a batch until it is delivered, refused for good, or out of time at shutdown.

    OpenTelemetry's exporter gives a batch up after ten seconds. While this one insists, the
    batch processor's own queue takes up what comes, and drops the oldest when it is full.

    Args:
        exporter: OpenTelemetry's exporter.
        is_temporary: Tells after a failure whether another attempt can succeed.
        drops: Where spans that are given up are counted.
    """

    def __init__(
        self, exporter: SpanExporter, is_temporary: Callable[[], bool], drops: SpanDrops
    ) -> None:
        self._exporter = exporter
        self._is_temporary = is_temporary
        self._drops = drops
        self._deadline = float("inf")
        self._interrupt = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export a batch; FAILURE when it was given up, and then it is counted."""
        attempt = 0
        while time.monotonic() < self._deadline:
            if self._exporter.export(spans) is SpanExportResult.SUCCESS:
                return SpanExportResult.SUCCESS
            if not self._is_temporary():
                self._drops.add("rejected", len(spans))
                return SpanExportResult.FAILURE
            remaining = self._deadline - time.monotonic()
            self._interrupt.wait(max(min(backoff(attempt), remaining), 0))
            self._interrupt.clear()
            attempt += 1
        self._drops.add("shutdown", len(spans))
        return SpanExportResult.FAILURE

    def close_by(self, deadline: float) -> None:
        """Give up at a time (`time.monotonic`); a wait that is on is cut short."""
        self._deadline = deadline
        self._interrupt.set()

    def shutdown(self) -> None:
        """Shut the wrapped exporter down."""
        self._deadline = min(self._deadline, time.monotonic())
        self._interrupt.set()
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the wrapped exporter, within `timeout_millis` milliseconds."""
        return self._exporter.force_flush(timeout_millis)


class CountingQueueMetrics:
    """Stands in for a batch processor's own metrics and counts what its full queue drops."""

    def __init__(self, inner: Any, drops: SpanDrops) -> None:
        self._inner = inner
        self._drops = drops

    def drop_items(self, count: int, error_type: str = "queue_full") -> None:
        """Count dropped spans."""
        self._drops.add("shutdown" if error_type == "already_shutdown" else error_type, count)
        self._inner.drop_items(count, error_type)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
