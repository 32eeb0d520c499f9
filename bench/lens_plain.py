"""Plain DuckDB beside the store: one file, one connection, no server, no repeats to recognise."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.lens_data import Batch
from otel_logging.store.decode.logs import decode_logs
from otel_logging.store.decode.spans import decode_spans
from otel_logging.store.slices import THREADS
from otel_logging.store.tables import LOGS, SPANS, Table

QUERIES: Final = {
    "newest records": (
        "/api/logs?limit=200",
        "SELECT * FROM logs ORDER BY time_ns DESC, uid LIMIT 200",
    ),
    "by service and level": (
        "/api/logs?limit=200&service=gateway&severity=WARN",
        (
            "SELECT * FROM logs WHERE service = 'gateway' AND severity >= 13 "
            "ORDER BY time_ns DESC, uid LIMIT 200"
        ),
    ),
    "by text": (
        "/api/logs?limit=200&text=expired",
        (
            "SELECT * FROM logs WHERE contains(lower(body), 'expired') "
            "OR contains(lower(attributes), 'expired') ORDER BY time_ns DESC, uid LIMIT 200"
        ),
    ),
    "by attribute": (
        "/api/logs?limit=200&attribute=order.quantity%3D7",
        (
            "SELECT * FROM logs WHERE json_extract_string(attributes, '/order.quantity') = '7' "
            "ORDER BY time_ns DESC, uid LIMIT 200"
        ),
    ),
    "by user": (
        "/api/logs?limit=200&user=u-77",
        "SELECT * FROM logs WHERE user_id = 'u-77' ORDER BY time_ns DESC, uid LIMIT 200",
    ),
    "counts over time": (
        "/api/histogram?buckets=90",
        (
            "SELECT (time_ns - (SELECT min(time_ns) FROM logs)) // 80000000000 AS step, "
            "(severity - 1) // 4, count(*) FROM logs GROUP BY ALL"
        ),
    ),
    "one trace": (
        "/api/traces/{trace_id}",
        (
            "SELECT * FROM spans WHERE trace_id = '{trace_id}' ORDER BY start_ns; "
            "SELECT * FROM logs WHERE trace_id = '{trace_id}' ORDER BY time_ns"
        ),
    ),
    "newest traces": ("/api/traces?limit=50", "{traces} ORDER BY started DESC LIMIT 50"),
    "failed traces": (
        "/api/traces?limit=50&failed=true",
        "{traces} HAVING errors > 0 ORDER BY started DESC LIMIT 50",
    ),
    "errors": (
        "/api/errors?limit=100",
        (
            "SELECT service, json_extract_string(attributes, '/exception.type') AS type, "
            "regexp_extract(json_extract_string(attributes, '/exception.stacktrace'), "
            '\'File "[^"]*", line [0-9]+\') AS place, count(*), min(time_ns), max(time_ns) '
            "FROM logs "
            "WHERE severity >= 17 GROUP BY ALL ORDER BY count(*) DESC LIMIT 100; "
            "SELECT service, name, count(*), min(end_ns), max(end_ns) FROM spans ANTI JOIN "
            "(SELECT trace_id, span_id FROM logs WHERE severity >= 17) USING (trace_id, span_id) "
            "WHERE status_code = 'ERROR' GROUP BY ALL"
        ),
    ),
    "services": (
        "/api/services",
        (
            "SELECT service, count(*), count(*) FILTER (severity >= 17), min(time_ns), "
            "max(time_ns) FROM logs GROUP BY service; SELECT service, count(*), "
            "count(*) FILTER (status_code = 'ERROR') FROM spans GROUP BY service"
        ),
    ),
    "service graph": (
        "/api/graph",
        """SELECT a.service, b.service, count(*), quantile_cont(b.end_ns - b.start_ns, [0.5, 0.95])
           FROM spans b JOIN spans a
           ON a.trace_id = b.trace_id AND a.span_id = b.parent_span_id
           WHERE b.kind = 'SERVER' AND a.service <> b.service GROUP BY ALL""",
    ),
}
"""What pages ask, of the store and in SQL."""

_TRACES: Final = (
    "SELECT trace_id, min(start_ns) AS started, max(end_ns) - min(start_ns) AS duration, count(*), "
    "count(*) FILTER (status_code = 'ERROR') AS errors, list(DISTINCT service), "
    "arg_min(name, start_ns) FROM spans GROUP BY trace_id"
)


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
        asked = QUERIES[name][1].replace("{traces}", _TRACES).replace("{trace_id}", trace_id)
        began = time.perf_counter()
        for statement in asked.split("; "):
            self._connection.execute(statement).fetchall()
        return time.perf_counter() - began

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
