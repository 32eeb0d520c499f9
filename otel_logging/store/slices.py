"""The store's files: one DuckDB file an hour, all attached to one in-memory instance.

A file is named by the hour it holds, in UTC: `20261124T07.duckdb`. An hour that grows large goes
on in a further file, named by the minute from which it holds rows: `20261124T0742.duckdb`. One
instance shares its memory limit and threads among all; hundreds attach in a fraction of a second.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from otel_logging.store.errors import StoreError
from otel_logging.store.settings import NANOS_PER_HOUR, NANOS_PER_MINUTE
from otel_logging.store.tables import TABLES

if TYPE_CHECKING:
    from typing import TextIO

NAME_FORMAT = "%Y%m%dT%H"
FURTHER_FORMAT = "%Y%m%dT%H%M"
HOUR_CHARACTERS = len("20261124T07")
SUFFIX = ".duckdb"
ASIDE = ".unreadable"
FRESH = ".fresh"
MEMORY_LIMIT = "1GB"
THREADS = 2


@dataclass(frozen=True)
class Slice:
    """The file of an hour, or of a part of one.

    Attributes:
        start_ns: Its first nanosecond.
        path: The DuckDB file.
        end_ns: First nanosecond after it.
    """

    start_ns: int
    path: Path
    end_ns: int

    @property
    def schema(self) -> str:
        """The name under which the file is attached."""
        return "s" + self.path.stem

    @property
    def files(self) -> list[Path]:
        """The file and its write-ahead log, as far as they exist."""
        return [p for p in (self.path, Path(f"{self.path}.wal")) if p.exists()]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.files)


class Slices:
    """All slices of a folder. Only the writer's thread changes them; any thread may read."""

    def __init__(self, folder: Path) -> None:
        """Open a folder, making it if needed, and attach the files in it.

        Raises:
            StoreError: When the folder cannot be used or another store uses it.
        """
        self._folder = folder
        self._lock = _claim(folder)
        self._root = duckdb.connect()
        self._catalog = self._root.cursor()
        self._cursors = threading.Lock()
        self._catalog.execute(f"SET memory_limit='{MEMORY_LIMIT}'")
        self._catalog.execute(f"SET threads={THREADS}")
        self._catalog.execute("SET temp_directory=?", [str(folder / "spill")])
        self._slices: dict[int, Slice] = {}
        for path in folder.glob(f"*{FRESH}*"):
            path.unlink()  # A rewrite that a crash cut short; its original is whole.
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            self._open(path)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own for one thread; it sees every slice."""
        with self._cursors:
            return self._root.cursor()

    def within(self, since_ns: int | None = None, until_ns: int | None = None) -> list[Slice]:
        """Return the slices that can hold rows of a time range, oldest first."""
        return [
            part
            for _, part in sorted(self._slices.items())
            if (since_ns is None or part.end_ns > since_ns)
            and (until_ns is None or part.start_ns <= until_ns)
        ]

    def at(self, time_ns: int) -> Slice:
        """Return the slice of a time, making it if needed."""
        hour_ns = time_ns - time_ns % NANOS_PER_HOUR
        known = [start_ns for start_ns in self._slices if hour_ns <= start_ns <= time_ns]
        if known:
            return self._slices[max(known)]
        return self._make(hour_ns, NAME_FORMAT)

    def split(self, largest_bytes: int) -> None:
        """Let what comes after the rows of a slice that is too large go into a slice of its own.

        Args:
            largest_bytes: A slice above it is too large.
        """
        for part in self.within():
            if part.size > largest_bytes:
                start_ns = self._last_ns(part) // NANOS_PER_MINUTE * NANOS_PER_MINUTE
                start_ns += NANOS_PER_MINUTE
                if part.start_ns < start_ns < part.end_ns:
                    self._make(start_ns, FURTHER_FORMAT)

    def _last_ns(self, part: Slice) -> int:
        """Return the time of a slice's last row, of whatever table."""
        asked = " UNION ALL ".join(
            f"SELECT max({table.time}) AS time_ns FROM {part.schema}.main.{table.name}"  # noqa: S608
            for table in TABLES
        )
        found = self._catalog.execute(f"SELECT max(time_ns) FROM ({asked})").fetchall()  # noqa: S608
        return int(found[0][0] or part.start_ns)

    def _make(self, start_ns: int, name_format: str) -> Slice:
        self.checkpoint()
        name = datetime.fromtimestamp(start_ns // 10**9, UTC).strftime(name_format)
        return self._attach(Slice(start_ns, self._folder / (name + SUFFIX), _hour_end(start_ns)))

    def drop(self, part: Slice) -> None:
        """Forget a slice and unlink its files; queries that are reading it still finish."""
        self._forget(part)
        for path in part.files:
            path.unlink()

    def rewrite(self, part: Slice, unwanted: Mapping[str, str], values: Sequence[str]) -> int:
        """Put a slice's file anew without some rows, so that no block holds them any more.

        While the files change places, for some milliseconds, queries do not see the slice.

        Args:
            part: The slice.
            unwanted: For each table the condition that its unwanted rows meet.
            values: The values of the conditions' parameters.

        Returns:
            How many rows went.
        """
        fresh = replace(part, path=part.path.with_suffix(f"{SUFFIX}{FRESH}"))
        schema = f"{part.schema}_fresh"
        self._catalog.execute(f"ATTACH '{_quoted(fresh.path)}' AS {schema}")
        gone = 0
        try:
            for table in TABLES:
                self._catalog.execute(table.ddl(schema))
                gone += self._copy_wanted((part.schema, schema), table.name, unwanted, values)
            self._catalog.execute(f"CHECKPOINT {schema}")
        finally:
            self._catalog.execute(f"DETACH {schema}")
        if gone:
            self._catalog.execute(f"CHECKPOINT {part.schema}")
            self._forget(part)
            fresh.path.replace(part.path)
            self._attach(part)
        fresh.path.unlink(missing_ok=True)
        return gone

    def _copy_wanted(
        self,
        schemas: tuple[str, str],
        table: str,
        unwanted: Mapping[str, str],
        values: Sequence[str],
    ) -> int:
        old, fresh = schemas
        condition = f"coalesce({unwanted[table]}, false)"
        found = self._catalog.execute(
            f"SELECT count(*) FROM {old}.main.{table} WHERE {condition}",  # noqa: S608
            list(values),
        ).fetchall()
        self._catalog.execute(
            f"INSERT INTO {fresh}.main.{table} SELECT * FROM {old}.main.{table} "  # noqa: S608
            f"WHERE NOT {condition}",
            list(values),
        )
        return int(found[0][0])

    def drop_aside(self, oldest_ns: int) -> None:
        """Unlink files that were set aside and last written before a time."""
        for path in self._folder.glob(f"*{ASIDE}"):
            if path.stat().st_mtime_ns < oldest_ns:
                path.unlink()

    def checkpoint(self) -> None:
        """Fold every write-ahead log into its file."""
        for part in self.within():
            self._catalog.execute(f"CHECKPOINT {part.schema}")

    def close(self) -> None:
        """Write everything down and release the folder."""
        self.checkpoint()
        self._catalog.close()
        self._root.close()
        self._lock.close()

    def _forget(self, part: Slice) -> None:
        self._slices = _in_turn(v for k, v in self._slices.items() if k != part.start_ns)
        self._catalog.execute(f"DETACH {part.schema}")

    def _open(self, path: Path) -> None:
        """Attach a file that was there before; set one aside that DuckDB cannot read."""
        try:
            further = len(path.stem) > HOUR_CHARACTERS
            name_format = FURTHER_FORMAT if further else NAME_FORMAT
            start = datetime.strptime(path.stem, name_format).replace(tzinfo=UTC)
        except ValueError:
            return
        start_ns = int(start.timestamp()) * 10**9
        part = Slice(start_ns, path, _hour_end(start_ns))
        try:
            for file in part.files:
                file.chmod(0o600)
            self._attach(part)
        except duckdb.Error as error:
            if "lock" in str(error):
                raise StoreError(f"{path} is open in another program; close it there") from error
            for file in part.files:
                file.rename(f"{file}{ASIDE}")
            print(f"otel-logging store: {path} set aside as *{ASIDE}: {error}", file=sys.stderr)  # noqa: T201

    def _attach(self, part: Slice) -> Slice:
        self._catalog.execute(f"ATTACH '{_quoted(part.path)}' AS {part.schema}")
        for table in TABLES:
            self._catalog.execute(table.ddl(part.schema))
        self._slices = _in_turn((*self._slices.values(), part))
        return self._slices[part.start_ns]


def _in_turn(parts: Iterable[Slice]) -> dict[int, Slice]:
    """Return slices by their start, each ending where its hour does or the next one starts."""
    ordered = sorted(parts, key=lambda part: part.start_ns)
    starts = [*(part.start_ns for part in ordered[1:]), sys.maxsize]
    return {
        part.start_ns: replace(part, end_ns=min(_hour_end(part.start_ns), following))
        for part, following in zip(ordered, starts, strict=False)
    }


def _hour_end(time_ns: int) -> int:
    return time_ns - time_ns % NANOS_PER_HOUR + NANOS_PER_HOUR


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _claim(folder: Path) -> TextIO:
    """Make the folder private and hold its lock until the returned file is closed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise StoreError(f"--folder {folder}: {error.strerror}; name a writable folder") from error
    os.fchmod(lock.fileno(), 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreError(
            f"--folder {folder}: another store is using it; stop that one or name another folder"
        ) from error
    return lock
