"""`otel-logging audit-trail verify`: whether an audit trail in a database is what was written."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from otel_logging.cli.commands import CommandError
from otel_logging.integrations.audit_trail import Entry, Finding, Head, check

BROKEN = 1
UNREADABLE = 2

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_COLUMNS = tuple(each.name for each in fields(Entry))
_ENTRIES = text(f"SELECT {', '.join(_COLUMNS)}, hash FROM audit_trail ORDER BY sequence")  # noqa: S608 - names of our own
_HEAD = text("SELECT sequence, hash FROM audit_trail_head WHERE id = 1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("verify",), help="what to do")
    parser.add_argument(
        "--database",
        required=True,
        metavar="URL",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME, which is only read; "
        "PGPASSWORD sets the password of the latter",
    )
    parser.add_argument(
        "--anchor",
        action="append",
        default=[],
        type=_anchor,
        metavar="ENTRY:HASH",
        help="a head that was printed earlier and must still be there; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Check the chain; 1 where it is broken, 2 where it cannot be read."""
    try:
        head, findings = asyncio.run(_verify(options.database, dict(options.anchor)))
    except (CommandError, OSError, SQLAlchemyError) as error:
        print(f"otel-logging: the audit trail cannot be read: {_reason(error)}", file=sys.stderr)
        return UNREADABLE
    for finding in findings:
        print(finding)
    state = f"{len(findings)} findings" if findings else "intact"
    print(f"audit trail: {state}, {head.sequence} entries, head {head.sequence}:{head.hash}")
    return BROKEN if findings else 0


async def _verify(url: str, anchors: dict[int, str]) -> tuple[Head, list[Finding]]:
    async with _connected(url) as connection:
        rows = await connection.execute(_HEAD)
        kept = rows.first()
        head = Head(kept.sequence, kept.hash) if kept else Head(0, "missing")
        result = await connection.stream(_ENTRIES)
        entries = [(Entry(*row[:-1]), row[-1]) async for row in result]
    return head, list(check(entries, head, anchors))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    """Connect for one transaction that sees one state of the database."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CommandError("--database is no URL: use sqlite:///FILE") from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise CommandError(f"no driver for {backend}: use sqlite:///FILE or postgresql://")
    parsed = parsed.set(drivername=_DRIVERS[backend])
    if backend == "sqlite":
        _check_file(parsed.database or "")
        parsed = parsed.set(database=f"file:{parsed.database}").update_query_dict(
            {"mode": "ro", "uri": "true"}
        )
    engine = create_async_engine(parsed, hide_parameters=True)
    if backend == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _check_file(name: str) -> None:
    """Find a file that cannot be read before the driver does, whose thread outlives the loop."""
    with Path(name).open("rb"):
        pass


def _reason(error: Exception) -> str:
    """The first line, without the statement and the address that SQLAlchemy adds."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _anchor(word: str) -> tuple[int, str]:
    sequence, _, digest = word.partition(":")
    if not sequence.isdecimal() or len(digest) != 64:
        raise argparse.ArgumentTypeError(f"{word!r} is not ENTRY:HASH, as the command prints it")
    return int(sequence), digest
