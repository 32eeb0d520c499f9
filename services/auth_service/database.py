"""The database: one engine for a process, tables made when missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.schema import CreateTable

from services.auth_service.models import Base

Sessions = async_sessionmaker[AsyncSession]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Sessions]:
    """Open the database at `url` and close it afterwards.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: when it cannot be opened.
    """
    _reserve_file(url)
    engine = create_async_engine(url, hide_parameters=True)
    try:
        async with engine.begin() as connection:
            for table in Base.metadata.sorted_tables:
                # Several workers may start at once on an empty database.
                await connection.execute(CreateTable(table, if_not_exists=True))
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


def _reserve_file(url: str) -> None:
    """SQLite would create its file readable by everyone; it holds password hashes."""
    database = make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).touch(mode=0o600)
