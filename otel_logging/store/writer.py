"""The one thread that writes: it takes what has queued up and commits it together."""

from __future__ import annotations

import contextlib
import math
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import duckdb

from otel_logging.store.errors import OverloadedError
from otel_logging.store.insert import insert
from otel_logging.store.retention import expired
from otel_logging.store.settings import NANOS_PER_MINUTE, StoreSettings
from otel_logging.store.slices import Slice, Slices
from otel_logging.store.tables import Row, Table

T = TypeVar("T")
Clock: TypeAlias = Callable[[], int]
"""Returns the time in Unix nanoseconds."""

RETENTION_INTERVAL_SECONDS = 30.0
SPLITS = 8
"""Into so many files at least what is kept is divided, so that size can delete a part of it."""
GROUP_ROWS = 20_000
"""Rows above which a commit waits for no further request."""


@dataclass
class Pending:
    """Rows of one request that wait to be committed."""

    table: Table
    rows: Sequence[Row]
    done: Future[None] = field(default_factory=Future)


@dataclass
class Errand:
    """Something else that only the writer's thread may do."""

    act: Callable[[], Any]
    done: Future[Any] = field(default_factory=Future)

    def run(self) -> None:
        """Do it, and hand on what comes of it."""
        try:
            self.done.set_result(self.act())
        except Exception as error:  # noqa: BLE001 the one who asked is told
            self.done.set_exception(error)


class Writer:
    """Commits rows to their slices, and deletes slices that are past their retention.

    Attributes:
        accepted: Rows committed since the start.
        repeats: Rows that had been stored before.
    """

    def __init__(
        self, slices: Slices, settings: StoreSettings, clock: Clock = time.time_ns
    ) -> None:
        """Start the thread."""
        self.accepted = 0
        self.repeats = 0
        self._slices = slices
        self._settings = settings
        self._clock = clock
        self._queue: queue.SimpleQueue[Pending | Errand | None] = queue.SimpleQueue()
        self._queued_rows = 0
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, table: Table, rows: Sequence[Row]) -> Future[None]:
        """Queue rows; the future ends when they are committed, or with what prevented it.

        Raises:
            OverloadedError: When too many rows wait already, or after `close`.
        """
        pending = Pending(table, rows)
        with self._lock:
            if self._closed:
                raise OverloadedError("the store is shutting down")
            if self._queued_rows and self._queued_rows + len(rows) > self._settings.max_queued_rows:
                raise OverloadedError("too many rows wait to be written")
            self._queued_rows += len(rows)
            self._queue.put(pending)
        return pending.done

    def run(self, act: Callable[[], T]) -> Future[T]:
        """Do something in the writer's thread, after what is queued already.

        Raises:
            OverloadedError: After `close`.
        """
        errand = Errand(act)
        with self._lock:
            if self._closed:
                raise OverloadedError("the store is shutting down")
            self._queue.put(errand)
        return errand.done

    def close(self) -> None:
        """Commit what is queued and stop the thread."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        cursor = self._slices.cursor()
        retained_at, going = -math.inf, True
        while going:
            if time.monotonic() - retained_at > RETENTION_INTERVAL_SECONDS:
                self._retain()
                retained_at = time.monotonic()
            group, last = self._next_group()
            if group:
                self._commit_group(cursor, group)
            if isinstance(last, Errand):
                last.run()
            going = last is not None
        cursor.close()

    def _next_group(self) -> tuple[list[Pending], Pending | Errand | Literal[False] | None]:
        """Return the rows that are queued, and what ended them; None ends the thread."""
        group: list[Pending] = []
        rows = 0
        try:
            pending = self._queue.get(timeout=RETENTION_INTERVAL_SECONDS)
            while isinstance(pending, Pending):
                group.append(pending)
                rows += len(pending.rows)
                if rows >= GROUP_ROWS:
                    break
                pending = self._queue.get_nowait()
        except queue.Empty:
            return group, False
        return group, pending

    def _commit_group(self, cursor: duckdb.DuckDBPyConnection, group: list[Pending]) -> None:
        """Commit requests together, or each alone when one of them spoils the group."""
        try:
            repeats = self._commit(cursor, group)
        except Exception as error:  # noqa: BLE001 the sender is told, and the thread lives on
            if len(group) > 1:
                for pending in group:
                    self._commit_group(cursor, [pending])
            else:
                self._release(group)
                group[0].done.set_exception(error)
            return
        self._release(group)
        self.accepted += sum(len(pending.rows) for pending in group) - repeats
        self.repeats += repeats
        for pending in group:
            pending.done.set_result(None)

    def _release(self, group: list[Pending]) -> None:
        with self._lock:
            self._queued_rows -= sum(len(pending.rows) for pending in group)

    def _commit(self, cursor: duckdb.DuckDBPyConnection, group: list[Pending]) -> int:
        """Commit a group, one transaction a slice; return how many rows were repeats."""
        repeats = 0
        for part, batches in self._by_slice(group).items():
            cursor.begin()
            try:
                for table, rows in batches.items():
                    repeats += insert(cursor, part, table, rows)
                cursor.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    cursor.rollback()
                raise
        return repeats

    def _by_slice(self, group: list[Pending]) -> dict[Slice, dict[Table, list[Row]]]:
        """Return the rows of a group by the slice and the table that they belong to."""
        found: dict[Slice, dict[Table, list[Row]]] = {}
        # A slice starts with a minute, so all rows of one go into the same.
        minutes: dict[int, dict[Table, list[Row]]] = {}
        for pending in group:
            position = pending.table.time_index
            for row in pending.rows:
                minute = row[position] // NANOS_PER_MINUTE
                if minute not in minutes:
                    part = self._slices.at(minute * NANOS_PER_MINUTE)
                    minutes[minute] = found.setdefault(part, {})
                minutes[minute].setdefault(pending.table, []).append(row)
        return found

    def _retain(self) -> None:
        oldest_ns = self._clock() - self._settings.retention_ns
        limit = self._settings.max_bytes
        try:
            for part in expired(self._slices.within(), oldest_ns=oldest_ns, max_bytes=limit):
                self._slices.drop(part)
            self._slices.drop_aside(oldest_ns)
            self._slices.split(limit // SPLITS)
        except (duckdb.Error, OSError) as error:
            print(f"otel-logging store: retention failed: {error}", file=sys.stderr)  # noqa: T201
