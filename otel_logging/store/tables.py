"""The tables of a slice: one row a log record, a span or a metric point."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

Row: TypeAlias = tuple[Any, ...]
"""One value for each column of its table, in the table's order."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table's columns, and which of them give a row its time and its identity.

    Attributes:
        name: The table's name.
        time: The column that decides the slice, in Unix nanoseconds.
        key: The columns that two deliveries of one row share.
        columns: DuckDB type by column name.
    """

    name: str
    time: str
    key: tuple[str, ...]
    columns: dict[str, str] = field(repr=False)

    @cached_property
    def time_index(self) -> int:
        """The position of the time column in a row."""
        return list(self.columns).index(self.time)

    @cached_property
    def key_indices(self) -> tuple[int, ...]:
        """The positions of the key columns in a row."""
        names = list(self.columns)
        return tuple(names.index(name) for name in self.key)

    def ddl(self, schema: str) -> str:
        """Return the statement that creates the table in a schema unless it is there."""
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {schema}.{self.name} ({columns})"


LOGS = Table(
    name="logs",
    time="time_ns",
    key=("uid",),
    columns={
        "uid": "VARCHAR",
        "time_ns": "BIGINT",
        "observed_ns": "BIGINT",
        "severity": "SMALLINT",
        "severity_text": "VARCHAR",
        "body": "VARCHAR",
        "structured": "BOOLEAN",
        "service": "VARCHAR",
        "scope": "VARCHAR",
        "trace_id": "VARCHAR",
        "span_id": "VARCHAR",
        "event_name": "VARCHAR",
        "user_id": "VARCHAR",
        "served": "BOOLEAN",
        "attributes": "VARCHAR",
        "resource": "VARCHAR",
    },
)
"""`structured`: the body is JSON text, not a string. `served`: written while serving a request."""

SPANS = Table(
    name="spans",
    time="start_ns",
    key=("span_id", "trace_id"),
    columns={
        "trace_id": "VARCHAR",
        "span_id": "VARCHAR",
        "parent_span_id": "VARCHAR",
        "name": "VARCHAR",
        "kind": "VARCHAR",
        "service": "VARCHAR",
        "scope": "VARCHAR",
        "start_ns": "BIGINT",
        "end_ns": "BIGINT",
        "status_code": "VARCHAR",
        "status_message": "VARCHAR",
        "attributes": "VARCHAR",
        "events": "VARCHAR",
        "links": "VARCHAR",
        "resource": "VARCHAR",
    },
)

METRICS = Table(
    name="metrics",
    time="time_ns",
    key=("series", "time_ns"),
    columns={
        "series": "VARCHAR",
        "time_ns": "BIGINT",
        "start_ns": "BIGINT",
        "service": "VARCHAR",
        "scope": "VARCHAR",
        "name": "VARCHAR",
        "type": "VARCHAR",
        "unit": "VARCHAR",
        "temporality": "VARCHAR",
        "monotonic": "BOOLEAN",
        "value": "DOUBLE",
        "data": "VARCHAR",
        "attributes": "VARCHAR",
        "exemplars": "VARCHAR",
        "resource": "VARCHAR",
    },
)
"""`value`: the number, or the sum of a distribution, whose other parts are in `data`."""

TABLES = (LOGS, SPANS, METRICS)
