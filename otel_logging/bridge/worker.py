"""The thread between the queue and the sinks: resolve, redact, count, hand on."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from otel_logging import semconv
from otel_logging.bridge.clean import CleanNames
from otel_logging.bridge.counts import SEVERITIES
from otel_logging.bridge.importance import importance
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.record import Record
from otel_logging.bridge.severity import severity
from otel_logging.bridge.snapshot import Resolver, Snapshot
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otel_logging.bridge.counts import Counts
    from otel_logging.redaction.active import ActiveEngine

CHUNK: Final = 128
"""Records redacted and encoded at once: enough for one matcher call to pay, few enough that
the interpreter is never held long."""

WARN: Final = 13
"""OpenTelemetry's severity number of WARN."""

IDLE: Final = 0.1
"""Seconds between looks at the queue while little is logged."""


PAUSE: Final = 0.5
"""Longest wait for a chunk to be done before a fork, in seconds."""

SDK_SCOPE: Final = "opentelemetry."
SDK_THREADS: Final = ("Otel", "otlog-")


class Sink(Protocol):
    """Takes redacted records. A sink must not block: it may run in the caller at exit.

    Attributes:
        exports: True if records leave the process here, so that what telemetry says about
            itself must stay away: exporting it would cause more of it.
    """

    exports: bool

    def write(self, records: Sequence[Record]) -> None:
        """Take records."""

    def flush(self, deadline: float) -> bool:
        """Deliver what was taken before `deadline` (`time.monotonic`); tell whether all was."""

    def close(self, deadline: float) -> bool:
        """Deliver what was taken and stop; tell whether all was delivered."""

    def after_fork(self) -> None:
        """Start anew in a forked child."""


class Worker:
    """Moves records from the queue to the sinks, in chunks, in its own thread.

    Attributes:
        closed: True once `close` was called.
    """

    def __init__(
        self,
        queue: BoundedQueue[Snapshot],
        engine: ActiveEngine,
        sinks: Sequence[Sink],
        counts: Counts,
        baggage_keys: frozenset[str],
    ) -> None:
        self._queue = queue
        self._engine = engine
        self._sinks = sinks
        self._counts = counts
        self._resolver = Resolver(baggage_keys)
        self._names = CleanNames(engine.current)
        self.closed = False
        self._start()

    def _start(self) -> None:
        self._wake = threading.Event()
        self._busy = threading.Lock()
        self._paused = False
        self._thread = threading.Thread(target=self._run, name="otlog-worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now rather than after `IDLE` seconds."""
        if not self._wake.is_set():
            self._wake.set()

    def flush(self, deadline: float) -> bool:
        """Deliver what was queued before the call; tell whether all was in time."""
        while len(self._queue) and time.monotonic() < deadline:
            self.wake()
            time.sleep(0.002)
        # A chunk that left the queue may still be on its way to the sinks.
        if not self._busy.acquire(timeout=max(deadline - time.monotonic(), 0.001)):
            return False
        self._busy.release()
        # Every sink is asked, also after one that failed.
        results = [sink.flush(deadline) for sink in self._sinks]
        return all(results)

    def close(self, deadline: float) -> bool:
        """Deliver what was queued and stop; records that come later are handled in the caller."""
        self.closed = True
        self.wake()
        self._thread.join(max(deadline - time.monotonic(), 0))
        delivered = not self._thread.is_alive()
        lost = self._queue.clear()
        if lost:
            self._counts.dropped("shutdown", Counter({"": lost}))
        results = [sink.close(deadline) for sink in self._sinks]
        return delivered and all(results)

    def pause(self) -> None:
        """Wait, briefly, until no chunk is being worked on.

        A fork in the middle of one would leave locks of the matcher and of the console's
        stream taken for ever in the child.
        """
        self._paused = self._busy.acquire(timeout=PAUSE)

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._paused:
            self._paused = False
            self._busy.release()

    def after_fork(self) -> None:
        """Start a thread of its own in a forked child."""
        for sink in self._sinks:
            sink.after_fork()
        if not self.closed:
            self._start()

    def process(self, snapshots: Sequence[Snapshot]) -> None:
        """Resolve, redact and hand on; what fails is dropped, counted and reported."""
        records = self._resolve(snapshots)
        if not records:
            return
        # One engine for the whole chunk: no record is half by old rules and half by new ones.
        engine = self._engine.current
        try:
            engine.records(records)
        except Exception as error:  # noqa: BLE001 - fails closed: nothing leaves unredacted
            diagnostics.error("redaction", "redacting records (they are dropped)", error)
            self._counts.dropped("redaction", Counter(r.severity_text for r in records))
            return
        if self._names.engine is not engine:
            self._names = CleanNames(engine)
        _finish(records, self._names)
        self._counts.seen(records)
        exported = [record for record in records if not record.is_own]
        for sink in self._sinks:
            try:
                sink.write(exported if sink.exports else records)
            except Exception as error:  # noqa: BLE001 - one sink must not stop the others
                diagnostics.error("sink", f"writing to {type(sink).__name__}", error)
        if len(exported) < len(records) and all(sink.exports for sink in self._sinks):
            _report_own(records)

    def _resolve(self, snapshots: Sequence[Snapshot]) -> list[Record]:
        observed = time.time_ns()
        records = []
        resolve = self._resolver.resolve
        for snapshot in snapshots:
            try:
                record = resolve(snapshot)
            except Exception as error:  # noqa: BLE001 - one bad record must not take others along
                diagnostics.error("resolve", "reading a log record (it is dropped)", error)
                self._counts.dropped("unreadable", Counter({severity_of(snapshot): 1}))
                continue
            record.observed_timestamp = max(observed, record.timestamp)
            records.append(record)
        return records

    def _run(self) -> None:
        while True:
            self._wake.wait(IDLE)
            self._wake.clear()
            self._drain()
            if self.closed and not len(self._queue):
                return

    def _drain(self) -> None:
        while len(self._queue):
            with self._busy:
                snapshots = self._queue.take(CHUNK)
                try:
                    self.process(snapshots)
                except Exception as error:  # noqa: BLE001 - the thread must live
                    diagnostics.error("worker", "processing records (they are dropped)", error)
                    self._counts.dropped(
                        "unreadable", Counter(severity_of(snapshot) for snapshot in snapshots)
                    )


def _finish(records: Sequence[Record], names: CleanNames) -> None:
    """Redact names, tell whose a record is, and give it an ID, which redaction must not see."""
    unique = os.urandom(16 * len(records)).hex()
    at = 0
    for record in records:
        scope = record.scope = names[record.scope]
        if record.severity_text not in SEVERITIES:
            record.severity_text = names[record.severity_text]
        attributes = record.attributes
        thread = attributes.get(semconv.THREAD_NAME)
        # A caller may have given an attribute of this name, of any type.
        record.is_own = scope.startswith(SDK_SCOPE) or (
            type(thread) is str and thread.startswith(SDK_THREADS)
        )
        attributes[semconv.LOG_RECORD_UID] = record.uid or unique[at : at + 32]
        at += 32


def _report_own(records: Sequence[Record]) -> None:
    """Say on standard error what telemetry has to complain about, where no console does."""
    for record in records:
        if record.is_own and record.severity_number >= WARN:
            diagnostics.report(record.scope, f"{record.scope}: {record.body}")


def severity_of(snapshot: Snapshot) -> str:
    """Return the severity text of a snapshot."""
    return severity(snapshot[1], snapshot[2])[1]


EVENT_RANK: Final = 10_000


def rank_of(snapshot: Snapshot) -> int:
    """Rank a snapshot for the queue: by importance, then by level."""
    attributes: dict[str, Any] = snapshot[5]
    name = attributes.get(semconv.OTEL_EVENT_NAME) or attributes.get(semconv.EVENT_NAME)
    return snapshot[1] + EVENT_RANK * importance(name)


def severity_of_rank(rank: int) -> str:
    """Return the severity text of the level in a rank."""
    level = rank % EVENT_RANK
    return severity(level, logging.getLevelName(level))[1]
