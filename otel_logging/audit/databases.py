"""DuckDB and SQLite files, read only: every column of every table, and the schema's own text."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from otel_logging.audit.items import Item, Row, Value
from otel_logging.audit.problems import Problem

BATCH: Final = 64
"""Rows held at once."""

_HOLDER = re.compile(r"\(PID (\d+)\)")
_DUCKDB_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "memory_limit": "512MB",
    "threads": 1,
}
_DUCKDB_TABLES: Final = (
    "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
)
_DUCKDB_SCHEMA: Final = (
    "SELECT table_name, sql FROM duckdb_tables() WHERE NOT internal "
    "UNION ALL SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"
)
_SQLITE_TABLES: Final = "SELECT 'main', name FROM sqlite_master WHERE type = 'table' ORDER BY name"
_SQLITE_SCHEMA: Final = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"


def rows(path: Path, kind: str) -> Iterator[Item | Problem]:
    """Every row of a database file."""
    opened = _sqlite if kind == "SQLite" else _duckdb
    try:
        database = opened(path)
    except _Refused as error:
        yield Problem(str(path), str(error))
        return
    with closing(database):
        yield from _Database(path, database, kind).items()


class _Refused(Exception):  # noqa: N818
    """A file that its database does not open: why, and what to do."""


class _Database:
    """An open file."""

    def __init__(self, path: Path, connection: Any, kind: str) -> None:
        self._path = path
        self._connection = connection
        self._kind = kind

    def items(self) -> Iterator[Item | Problem]:
        """The schema's text, then table by table, what cannot be read as a problem."""
        is_sqlite = self._kind == "SQLite"
        try:
            schema = self._all(_SQLITE_SCHEMA if is_sqlite else _DUCKDB_SCHEMA)
            tables = self._all(_SQLITE_TABLES if is_sqlite else _DUCKDB_TABLES)
        except Exception as error:  # noqa: BLE001 - each driver has errors of its own
            yield self._problem("schema", error)
            return
        for name, sql in schema:
            yield Value(f"{self._path}!{name} schema", sql)
        for table_schema, table in tables:
            name = table if table_schema == "main" else f"{table_schema}.{table}"
            try:
                yield from self._table(table_schema, table, name)
            except Exception as error:  # noqa: BLE001
                yield self._problem(name, error)

    def _table(self, schema: str, table: str, name: str) -> Iterator[Item]:
        cursor = self._connection.cursor()
        cursor.execute(f"SELECT * FROM {_quoted(schema)}.{_quoted(table)}")  # noqa: S608
        columns = [column[0] for column in cursor.description]
        number = 0
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                number += 1
                content = dict(zip(columns, row, strict=True))
                yield Row(f"{self._path}!{name}", number, content)

    def _all(self, sql: str) -> list[Any]:
        found: list[Any] = self._connection.cursor().execute(sql).fetchall()
        return found

    def _problem(self, part: str, error: Exception) -> Problem:
        return Problem(f"{self._path}!{part}", f"cannot be read ({type(error).__name__})")


def _sqlite(path: Path) -> sqlite3.Connection:
    """Open a SQLite file without changing anything beside it where that is possible."""
    log = Path(f"{path}-wal")
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{mode}", uri=True)
    except sqlite3.Error as error:
        raise _Refused(f"SQLite cannot open it ({type(error).__name__})") from None
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    return connection


def _duckdb(path: Path) -> Any:
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise _Refused(
            "is a DuckDB file, which needs duckdb: pip install 'otel-logging[store]'"
        ) from None
    try:
        return duckdb.connect(str(path), read_only=True, config=_DUCKDB_SETTINGS)
    except duckdb.Error as error:
        if "lock" in str(error):
            holder = _HOLDER.search(str(error))
            who = f"process {holder[1]}" if holder else "another process"
            raise _Refused(
                f"is open in {who}: audit the running store with --backend URL, or stop it"
            ) from None
        raise _Refused(f"DuckDB cannot open it ({type(error).__name__})") from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
