"""What a store that has ended holds, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb


@dataclass
class Stored:
    """The content of a store, by ID.

    Attributes:
        records: How many rows each record's ID has.
        spans: Likewise each span's.
        traces: By service, the traces of which it has a span there.
        audited: By `audit.record.id`, the IDs of the records that tell of it.
        dropped: By service and metric, what its processes have counted as dropped.
    """

    records: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    traces: dict[str, set[str]] = field(default_factory=dict)
    audited: dict[str, set[str]] = field(default_factory=dict)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)


_DROPS = """
    SELECT service, name, series, start_ns, max(value) FROM metrics
    WHERE name IN ('otlog.log.dropped', 'otlog.span.dropped') GROUP BY ALL
"""
_AUDITED = """
    SELECT json_extract_string(attributes, '/audit.record.id') AS id, uid FROM logs
    WHERE id IS NOT NULL
"""


def read(folder: Path) -> Stored:
    """Read every file of a store's folder."""
    stored = Stored()
    drops: dict[tuple[Any, ...], float] = {}
    for path in sorted(folder.glob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as database:
            stored.records.update(uid for (uid,) in _rows(database, "SELECT uid FROM logs"))
            spans = "SELECT span_id, trace_id, service FROM spans"
            for span_id, trace_id, service in _rows(database, spans):
                stored.spans[span_id] += 1
                stored.traces.setdefault(service, set()).add(trace_id)
            for audit_id, uid in _rows(database, _AUDITED):
                stored.audited.setdefault(audit_id, set()).add(uid)
            for service, name, *series, value in _rows(database, _DROPS):
                key = (service, name, *series)
                drops[key] = max(drops.get(key, 0.0), value)
    for (service, name, *_), value in drops.items():
        stored.dropped[service, name] += int(value)
    return stored


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = database.execute(query)
    while rows := cursor.fetchmany(10_000):
        yield from rows
