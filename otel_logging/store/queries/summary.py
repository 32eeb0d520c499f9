"""Counts over everything stored, and the records that lost their trace."""

from __future__ import annotations

from typing import Any

from otel_logging.store.queries import logs
from otel_logging.store.queries.reader import Reader
from otel_logging.store.tables import LOGS, SPANS

ORPHANS_SHOWN = 5

_COUNTS = """
SELECT (SELECT count(DISTINCT trace_id) FROM spans), (SELECT count(*) FROM spans),
       (SELECT count(*) FROM logs)
"""
_SERVICES = "SELECT service FROM logs UNION SELECT service FROM spans ORDER BY service"
_ORPHANS = """
FROM logs WHERE served AND (trace_id IS NULL OR trace_id NOT IN (SELECT trace_id FROM spans))
"""


def summary(reader: Reader) -> dict[str, Any]:
    """Return how much is stored, and the orphans.

    An orphan was written while serving a request or a message, and has no trace ID or one
    that no stored span has. While spans are on their way, records look like orphans.
    """
    traces, spans, records = reader.rows(_COUNTS, [LOGS, SPANS])[0]
    both = [LOGS, SPANS]
    orphans = reader.rows(
        f"SELECT {logs.COLUMNS} {_ORPHANS} ORDER BY time_ns, uid LIMIT {ORPHANS_SHOWN}",
        both,
    )
    return {
        "traces": traces,
        "spans": spans,
        "logs": records,
        "orphan_logs": reader.rows(f"SELECT count(*) {_ORPHANS}", both)[0][0],
        "services": [row[0] for row in reader.rows(_SERVICES, both)],
        "orphans": [logs.record(row) for row in orphans],
    }
