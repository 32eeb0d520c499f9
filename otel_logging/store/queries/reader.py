"""Running one SQL query over all slices that can matter to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import msgspec

from otel_logging.store.slices import Slice, Slices
from otel_logging.store.tables import Row, Table

ATTEMPTS = 3


class TimeRange(msgspec.Struct, frozen=True):
    """Unix nanoseconds, both ends included; None leaves an end open."""

    since_ns: int | None = None
    until_ns: int | None = None


ALWAYS = TimeRange()


class Question(msgspec.Struct, frozen=True):
    """One SELECT over one table, with `$name` for its parameters."""

    sql: str
    table: Table
    parameters: dict[str, Any]


class Reader:
    """Reads tables as if there were no slices. Any thread may use it."""

    def __init__(self, slices: Slices) -> None:
        self._slices = slices

    def rows(
        self,
        sql: str,
        tables: Sequence[Table],
        parameters: Mapping[str, Any] | None = None,
        within: TimeRange = ALWAYS,
    ) -> list[Row]:
        """Return the rows of a query that names the given tables.

        Args:
            sql: One SELECT, with `$name` for its parameters.
            tables: Tables that it reads.
            parameters: Values by name.
            within: Only slices that overlap this range are read.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return self._rows(sql, tables, parameters, within)
            except (duckdb.CatalogException, duckdb.BinderException):
                # Retention took a slice away between naming it and reading it.
                continue
        return self._rows(sql, tables, parameters, within)

    def first_rows(
        self, most: int, question: Question, within: TimeRange = ALWAYS, *, newest_first: bool
    ) -> list[Row]:
        """Return the first rows of a query that orders by time, from no more slices than needed.

        Slices do not overlap, so those at one end answer first: one, then two more, then four,
        until there are enough rows.

        Args:
            most: How many rows are wanted; the query has it as its limit.
            question: Asks one table.
            within: Only slices that overlap this range are read.
            newest_first: The query's order.
        """
        parts = self._slices.within(within.since_ns, within.until_ns)
        if newest_first:
            parts.reverse()
        found: list[Row] = []
        taken, size = 0, 1
        while taken < len(parts) and len(found) < most:
            ends = parts[taken : taken + size]
            since_ns, until_ns = min(p.start_ns for p in ends), max(p.end_ns for p in ends)
            part = TimeRange(since_ns, until_ns - 1)
            found += self.rows(question.sql, [question.table], question.parameters, part)
            taken, size = taken + size, size * 2
        return found[:most]

    def slices(self) -> list[Slice]:
        """Return all slices, oldest first."""
        return self._slices.within()

    def _rows(
        self,
        sql: str,
        tables: Sequence[Table],
        parameters: Mapping[str, Any] | None,
        within: TimeRange,
    ) -> list[Row]:
        slices = self._slices.within(within.since_ns, within.until_ns)
        unions = ", ".join(
            f"{table.name} AS NOT MATERIALIZED ({_union(table, slices)})" for table in tables
        )
        cursor = self._slices.cursor()
        try:
            return cursor.execute(f"WITH {unions} {sql}", dict(parameters or {})).fetchall()
        finally:
            cursor.close()


def _union(table: Table, slices: Sequence[Slice]) -> str:
    if not slices:
        nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in table.columns.items())
        return f"SELECT {nothing} WHERE false"
    names = ", ".join(table.columns)
    return " UNION ALL ".join(
        f"SELECT {names} FROM {part.schema}.main.{table.name}"  # noqa: S608
        for part in slices
    )
