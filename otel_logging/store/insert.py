"""Putting rows into a slice, each only once."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from otel_logging.store.slices import Slice
from otel_logging.store.tables import Row, Table


def insert(
    cursor: duckdb.DuckDBPyConnection, part: Slice, table: Table, rows: Sequence[Row]
) -> int:
    """Append the rows that the slice does not hold yet, inside the open transaction.

    Returns:
        How many were repeats.
    """
    fresh = _without_repeats(cursor, part, table, rows)
    if fresh:
        with cursor.appender(f"{part.schema}.main.{table.name}") as appender:
            appender.append_rows(fresh)
    return len(rows) - len(fresh)


def _without_repeats(
    cursor: duckdb.DuckDBPyConnection, part: Slice, table: Table, rows: Sequence[Row]
) -> list[Row]:
    seen = _stored_keys(cursor, part, table, rows)
    fresh = []
    for row in rows:
        key = tuple(row[index] for index in table.key_indices)
        if key not in seen:
            seen.add(key)
            fresh.append(row)
    return fresh


def _stored_keys(
    cursor: duckdb.DuckDBPyConnection, part: Slice, table: Table, rows: Sequence[Row]
) -> set[tuple[object, ...]]:
    """Return the keys of these rows that are stored already.

    A repeat has the time of its original, so only the rows' own time range is read.
    """
    times = [row[table.time_index] for row in rows]
    first = table.key_indices[0]
    found = cursor.execute(
        f"SELECT {', '.join(table.key)} FROM {part.schema}.main.{table.name} "  # noqa: S608
        f"WHERE {table.time} BETWEEN ? AND ? AND {table.key[0]} IN (SELECT unnest(?))",
        [min(times), max(times), list({row[first] for row in rows})],
    )
    return set(found.fetchall())
