"""No entry of the audit trail without its log event, even when the process is killed.

An entry is untold until its event was handed over to the backend. What another process, or this
one before it was killed, has left untold is told again: with the same `audit.record.id`, so that
a repeat can be recognised.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from otel_logging import flush
from otel_logging.integrations.audit_trail import Entry
from services.auth_service.announcements import announce, announce_late
from services.auth_service.database import Database
from services.auth_service.trail import AuditRow, Untold

log = logging.getLogger(__name__)

PAUSE = 3.0
PATIENCE = 15.0
MOST = 500
REMEMBERED = 10_000


class Delivery:
    """Tells of entries, and notes which were told.

    Args:
        pause: seconds between two looks.
        patience: seconds after which an entry is taken for left behind.
    """

    def __init__(self, pause: float = PAUSE, patience: float = PATIENCE) -> None:
        self._pause = pause
        self._patience = timedelta(seconds=patience)
        self._told: set[str] = set()

    def tell(self, entry: Entry) -> None:
        """Write the event about an entry that was committed just now."""
        announce(entry)
        # With the backend away for long, memory stays bounded; the rest is told again later.
        if len(self._told) < REMEMBERED:
            self._told.add(entry.id)

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Look after the entries for as long as the block lasts, and once at its end."""
        task = asyncio.create_task(self._keep_looking(database))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._look(database)

    async def _keep_looking(self, database: Database) -> None:
        while True:
            await self._look(database)
            await asyncio.sleep(self._pause)

    async def _look(self, database: Database) -> None:
        try:
            await self._tell_what_was_left(database)
            await self._confirm(database)
        except SQLAlchemyError:
            log.exception("the audit trail cannot be looked after; trying again")

    async def _tell_what_was_left(self, database: Database) -> None:
        if len(self._told) >= REMEMBERED:
            return
        before = datetime.now(UTC) - self._patience
        query = (
            select(AuditRow)
            .join(Untold, Untold.audit_id == AuditRow.id)
            .where(Untold.since < before, Untold.audit_id.not_in(self._told))
            .order_by(AuditRow.sequence)
            .limit(MOST)
        )
        async with database.reading() as session:
            left = [row.entry for row in await session.scalars(query)]
        for entry in left:
            announce_late(entry)
            self._told.add(entry.id)
        if left:
            log.warning("audit events told again", extra={"audit.count": len(left)})

    async def _confirm(self, database: Database) -> None:
        told = sorted(self._told)[:MOST]
        if not told or not await asyncio.to_thread(flush):
            return
        async with database.writing.begin() as session:
            await session.execute(delete(Untold).where(Untold.audit_id.in_(told)))
        self._told.difference_update(told)
