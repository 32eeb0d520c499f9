"""The way in: a standard `logging.Handler` that never raises, waits or locks."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from otel_logging.bridge.snapshot import take
from otel_logging.diagnostics import diagnostics

if TYPE_CHECKING:
    from otel_logging.bridge.queue import BoundedQueue
    from otel_logging.bridge.snapshot import Snapshot
    from otel_logging.bridge.worker import Worker

WAKE_AT: Final = 512
"""Queued records at which the worker is woken before its time."""


class BridgeHandler(logging.Handler):
    """Takes a snapshot of each record and queues it for the worker."""

    def __init__(
        self, queue: BoundedQueue[Snapshot], worker: Worker, *, with_code: bool = False
    ) -> None:
        super().__init__(logging.NOTSET)
        self._queue = queue
        self._worker = worker
        self._with_code = with_code
        self._inside = threading.local()

    def createLock(self) -> None:  # noqa: N802 - the name is the standard library's
        """Have no lock: the queue needs none."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Queue a record, unless a filter of this handler refuses it."""
        try:
            if self.filters and not self.filter(record):
                return False
            snapshot = take(record, self._with_code)
            if self._worker.closed:
                self._process_here(snapshot)
            elif self._queue.put(snapshot, snapshot[-1]) >= WAKE_AT:
                self._worker.wake()
        except Exception as error:  # noqa: BLE001 - a log call must not fail
            diagnostics.error("handler", "taking a log record (it is dropped)", error)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record. Never raises, never waits."""
        self.handle(record)

    def flush(self) -> None:
        """Do nothing: `logging.shutdown` and `dictConfig` call this at bad moments."""

    def deliver(self, timeout: float) -> bool:
        """Deliver what was logged so far, within `timeout` seconds; tell whether all was."""
        return self._worker.flush(time.monotonic() + timeout)

    def _process_here(self, snapshot: Snapshot) -> None:
        if getattr(self._inside, "emitting", False):
            return
        self._inside.emitting = True
        try:
            self._worker.process([snapshot])
        finally:
            self._inside.emitting = False
