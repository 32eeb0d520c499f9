"""The database: one engine for a process, tables made when missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from services.auth_service.models import Base

BUSY_SECONDS = 30
_WRITES = "auth_service_writes"
_CREATING = 7_241_001


@dataclass(frozen=True, slots=True)
class Database:
    """Sessions that read, and sessions that write.

    On SQLite those that write do so one after the other from their first statement on
    (BEGIN IMMEDIATE); on PostgreSQL they lock the rows that they select FOR UPDATE.
    """

    reading: async_sessionmaker[AsyncSession]
    writing: async_sessionmaker[AsyncSession]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open the database at `url` and close it afterwards.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: when it cannot be opened.
    """
    engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
    writing = engine.execution_options(**{_WRITES: True})
    try:
        async with writing.begin() as connection:
            if engine.dialect.name == "postgresql":
                # There, "if not exists" does not hold for two who create at once.
                await connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))
            for table in Base.metadata.sorted_tables:
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await connection.execute(CreateIndex(index, if_not_exists=True))
        yield Database(
            async_sessionmaker(engine, expire_on_commit=False),
            async_sessionmaker(writing, expire_on_commit=False),
        )
    finally:
        await engine.dispose()


def _postgresql(url: str) -> AsyncEngine:
    return create_async_engine(url, hide_parameters=True)


def _sqlite(url: str) -> AsyncEngine:
    _reserve_file(url)
    waiting = {"timeout": BUSY_SECONDS}
    engine = create_async_engine(url, hide_parameters=True, connect_args=waiting)
    event.listen(engine.sync_engine, "connect", _set_up_connection)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_up_connection(connection: Any, _: object) -> None:
    # The driver would begin transactions itself, too late for reads that decide on writes.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reserve_file(url: str) -> None:
    """SQLite would create its file readable by everyone; it holds password hashes."""
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).touch(mode=0o600)
