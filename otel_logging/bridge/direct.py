"""The direct way out: records are encoded once and sent by a thread of our own."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_logging import semconv
from otel_logging.bridge import encode
from otel_logging.bridge.importance import importance
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.record import Record
from otel_logging.bridge.sender import Sender
from otel_logging.bridge.severity import severity_name
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from otel_logging.bridge.counts import Counts
    from otel_logging.bridge.transport import Transport

BATCH: Final = 512
"""Most records in a request."""

EVENT_RANK: Final = 100

REPORT_INTERVAL: Final = 10.0
"""Seconds between two records that tell of drops."""


Encoded = tuple[str, bytes, int]
"""A record that waits to be sent, redacted and encoded: its scope, its bytes, its rank."""


class Bounds(NamedTuple):
    """How much may wait, and how long.

    Attributes:
        items: Records that wait.
        bytes: Bytes that wait.
        delay: Seconds after which what waits is sent, however little it is.
        timeout: Seconds for one attempt to send.
    """

    items: int
    bytes: int
    delay: float = 1.0
    timeout: float = 10.0


class DirectSink:
    """Encodes records and keeps them until they are delivered or there is no room.

    Args:
        transport: Sends requests.
        resource: Returns the resource's attributes, redacted.
        bounds: How much may wait.
        counts: Where drops are counted.
    """

    exports = True

    def __init__(
        self,
        transport: Transport,
        resource: Callable[[], Mapping[str, Any]],
        bounds: Bounds,
        counts: Counts,
    ) -> None:
        self._resource = resource
        self._counts = counts
        self._reported: Counter[tuple[str, str]] = Counter()
        self._next_report = 0.0
        self._backlog: BoundedQueue[Encoded] = BoundedQueue(
            bounds.items, bounds.bytes, _rank, self._count_evicted
        )
        self._sender = Sender(transport, bounds.timeout)
        self._delay = bounds.delay
        self._closed = False
        self._deadline = float("inf")
        self._start()

    def _start(self) -> None:
        self._wake = threading.Event()
        self._sending = self._hurry = False
        self._thread = threading.Thread(target=self._run, name="otlog-sender", daemon=True)
        self._thread.start()

    def write(self, records: Sequence[Record]) -> None:
        """Encode records and queue them."""
        encoded: list[tuple[Encoded, int]] = []
        for record in records:
            try:
                data = encode.log_record(record)
            except Exception as error:  # noqa: BLE001 - one bad record must not take others along
                diagnostics.error("encode", "encoding a log record (it is dropped)", error)
                self._counts.dropped("unreadable", {record.severity_text: 1})
                continue
            rank = record.severity_number
            if record.event_name is not None:
                rank += EVENT_RANK * importance(record.event_name)
            encoded.append(((record.scope, data, rank), len(data)))
        if self._backlog.put_all(encoded) >= BATCH:
            self._wake.set()

    def flush(self, deadline: float) -> bool:
        """Send what waits; tell whether all was delivered before the deadline."""
        while len(self._backlog) or self._sending:
            if time.monotonic() >= deadline:
                return False
            self._hurry = True
            self._wake.set()
            time.sleep(0.005)
        return True

    def close(self, deadline: float) -> bool:
        """Send what waits and stop; what is left at the deadline is dropped and counted."""
        # A little early, so that the thread can count what it holds when it gives up.
        self._deadline = deadline - min(0.1, max(deadline - time.monotonic(), 0) / 10)
        self._closed = True
        self._sender.close_by(self._deadline)
        self._wake.set()
        self._thread.join(max(deadline - time.monotonic(), 0))
        left = self._backlog.take(len(self._backlog))
        self._drop("shutdown", left)
        return not left and not self._thread.is_alive()

    def after_fork(self) -> None:
        """Start empty, with a connection and a thread of its own, in a forked child."""
        self._backlog.after_fork()
        self._sender.after_fork()
        self._reported.clear()
        if not self._closed:
            self._start()

    def _run(self) -> None:
        while True:
            full = self._wake.wait(self._delay)
            self._wake.clear()
            try:
                # Fewer requests cost less: what fills none waits for more, or for the delay.
                self._send_waiting(BATCH if full and not self._hurry and not self._closed else 1)
            except Exception as error:  # noqa: BLE001 - the thread must live
                diagnostics.error("sender", "sending log records (a batch is dropped)", error)
            if self._closed and (not len(self._backlog) or time.monotonic() >= self._deadline):
                return

    def _send_waiting(self, least: int) -> None:
        self._sending, self._hurry = True, False
        try:
            while len(self._backlog) >= least and time.monotonic() < self._deadline:
                self._deliver(self._backlog.take(BATCH))
                self._report_drops()
        finally:
            self._sending = False

    def _deliver(self, batch: list[Encoded]) -> None:
        resource = encode.resource(self._resource())
        request = encode.request(resource, [(scope, data) for scope, data, _ in batch])
        result = self._sender.deliver(request)
        if result.split and len(batch) > 1:
            middle = len(batch) // 2
            self._deliver(batch[:middle])
            self._deliver(batch[middle:])
        elif result.reason:
            self._drop(result.reason, batch)
        elif result.rejected:
            self._counts.dropped("rejected", {"": min(result.rejected, len(batch))})

    def _drop(self, reason: str, batch: Sequence[Encoded]) -> None:
        if batch:
            self._counts.dropped(
                reason, Counter(severity_name(rank % EVENT_RANK) for _, _, rank in batch)
            )

    def _count_evicted(self, ranks: Counter[int]) -> None:
        totals: Counter[str] = Counter()
        for rank, count in ranks.items():
            totals[severity_name(rank % EVENT_RANK)] += count
        self._counts.dropped("queue_full", totals)
        diagnostics.report(
            "backlog_full",
            f"{self._sender.endpoint} takes too little: {totals.total()} records were dropped, "
            "least severe first (OTLOG_QUEUE_SIZE, OTLOG_QUEUE_BYTES)",
        )

    def _report_drops(self) -> None:
        """After a delivery, say in one record what was dropped since the last such record.

        A receiver that refuses each of these records causes no flood of them.
        """
        if not self._sender.healthy or time.monotonic() < self._next_report:
            return
        now = Counter(self._counts.drops())
        news = now - self._reported
        if news:
            self._reported = now
            self._next_report = time.monotonic() + REPORT_INTERVAL
            self.write([_drops_record(news)])


def _rank(item: Encoded) -> int:
    return item[2]


def _drops_record(news: Counter[tuple[str, str]]) -> Record:
    record = Record()
    record.scope = "otel_logging.bridge"
    record.timestamp = record.observed_timestamp = time.time_ns()
    record.severity_number, record.severity_text = 13, "WARN"
    record.body = f"{news.total()} log records were dropped"
    record.event_name = semconv.EVENT_LOG_DROPPED
    record.attributes = {
        f"{semconv.METRIC_LOG_DROPPED}.{reason}.{text.lower() or 'unknown'}": count
        for (reason, text), count in sorted(news.items())
    } | {semconv.LOG_RECORD_UID: os.urandom(16).hex()}
    record.trace_id = record.span_id = record.trace_flags = 0
    return record
