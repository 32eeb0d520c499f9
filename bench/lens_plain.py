"""Plain DuckDB beside the store: one file, one connection, no server, no repeats to recognise."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.lens_data import Batch
from bench.lens_queries import QUERIES
from otel_logging.store.decode.logs import decode_logs
from otel_logging.store.decode.spans import decode_spans
from otel_logging.store.slices import THREADS
from otel_logging.store.tables import LOGS, SPANS, Table


class Plain:
    """One DuckDB file with the store's columns."""

    def __init__(self, file: Path) -> None:
        self._connection = duckdb.connect(str(file))
        self._connection.execute(f"SET threads={THREADS}")
        for table in (LOGS, SPANS):
            self._connection.execute(table.ddl("main"))

    def insert(self, batches: Iterable[Batch]) -> float:
        """Decode and commit one request after the other; return the CPU seconds that it took."""
        spent = 0.0
        for batch in batches:
            began = time.process_time()
            table, rows = _decoded(batch)
            self._connection.begin()
            with self._connection.appender(table.name) as appender:
                appender.append_rows(rows)
            self._connection.commit()
            spent += time.process_time() - began
        return spent

    def seconds(self, name: str, trace_id: str) -> float:
        """Ask one of the queries; return the seconds until all its rows are there."""
        began = time.perf_counter()
        self.rows(name, trace_id)
        return time.perf_counter() - began

    def rows(self, name: str, trace_id: str) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each of a query's statements."""
        _, *statements = QUERIES[name]
        asked = (statement.replace("{trace_id}", trace_id) for statement in statements)
        return [self._connection.execute(statement).fetchall() for statement in asked]

    def some_trace(self) -> str:
        """The ID of a trace in the middle of all."""
        middle = "SELECT trace_id FROM spans ORDER BY start_ns LIMIT 1 OFFSET {}"
        count = self._connection.execute("SELECT count(*) // 2 FROM spans").fetchall()[0][0]
        found: str = self._connection.execute(middle.format(count)).fetchall()[0][0]
        return found


def _decoded(batch: Batch) -> tuple[Table, list[tuple[object, ...]]]:
    if batch.signal == "logs":
        logs = ExportLogsServiceRequest.FromString(batch.content)
        return LOGS, decode_logs(logs, 0).rows
    spans = ExportTraceServiceRequest.FromString(batch.content)
    return SPANS, decode_spans(spans, 0).rows
