"""The audit trail: written in the same transaction as the change that it tells of."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from opentelemetry import trace
from sqlalchemy import BigInteger, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from otel_logging.integrations.audit_trail import EMPTY, Entry, Head
from services.auth_service.database import Database
from services.auth_service.models import Base, Moment


class AuditRow(Base):
    """An entry of the chain, column by column, and its hash."""

    __tablename__ = "audit_trail"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    time: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    target_type: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[str] = mapped_column(String(128), index=True)
    details: Mapped[str] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(32))
    span_id: Mapped[str | None] = mapped_column(String(16))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    @property
    def entry(self) -> Entry:
        """The entry without its hash."""
        return Entry(**{name.name: getattr(self, name.name) for name in fields(Entry)})


class AuditHead(Base):
    """The end of the chain: one row, whose lock whoever adds to the chain holds."""

    __tablename__ = "audit_trail_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class Untold(Base):
    """An entry whose log event may not have been delivered yet."""

    __tablename__ = "audit_untold"

    audit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed, by whom; `details` say what the event about it needs."""

    action: str
    target: tuple[str, str]
    actor_id: str | None
    details: dict[str, Any]


class Transaction:
    """One database transaction, and the changes in it that the audit trail must tell."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.changes: list[Change] = []

    def note(
        self, action: str, target: tuple[str, str], actor: str | None, /, **details: Any
    ) -> None:
        """Say what was changed; `target` is its type and ID."""
        self.changes.append(Change(action, target, actor, details))


class Trail:
    """Transactions that change accounts, roles and tokens.

    Args:
        database: where they are, and where the chain is.
        tell: writes the log event about an entry, once its transaction is committed.
    """

    def __init__(self, database: Database, tell: Callable[[Entry], None]) -> None:
        self._database = database
        self._tell = tell

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Transaction]:
        """Commit what the block does, with its entries, or nothing of either."""
        async with self._database.writing.begin() as session:
            transaction = Transaction(session)
            yield transaction
            entries = await _append(session, transaction.changes)
        for entry in entries:
            self._tell(entry)


async def _append(session: AsyncSession, changes: Sequence[Change]) -> list[Entry]:
    """Add to the chain; last in a transaction, as others wait from here to its end."""
    if not changes:
        return []
    await session.flush()
    row = await session.get(AuditHead, 1, with_for_update=True)
    if row is None:
        raise RuntimeError("the audit trail has no head: its table was tampered with")
    head, entries = Head(row.sequence, row.hash), []
    for change in changes:
        entry = _entry(change, head)
        head = Head(entry.sequence, entry.hash)
        entries.append(entry)
        session.add(AuditRow(**asdict(entry), hash=entry.hash))
        session.add(Untold(audit_id=entry.id, since=datetime.now(UTC)))
    row.sequence, row.hash = head
    return entries


def _entry(change: Change, head: Head) -> Entry:
    span = trace.get_current_span().get_span_context()
    target_type, target_id = change.target
    return Entry(
        sequence=head.sequence + 1,
        id=str(uuid4()),
        time=datetime.now(UTC).isoformat(),
        action=change.action,
        actor_id=change.actor_id,
        target_type=target_type,
        target_id=target_id,
        details=json.dumps(change.details, sort_keys=True),
        trace_id=trace.format_trace_id(span.trace_id) if span.is_valid else None,
        span_id=trace.format_span_id(span.span_id) if span.is_valid else None,
        previous_hash=head.hash,
    )


async def begin_chain(database: Database) -> None:
    """Give a new database the head of an empty chain."""
    async with database.writing.begin() as session:
        if await session.scalar(select(AuditHead.id)) is None:
            session.add(AuditHead(id=1, **EMPTY._asdict()))
