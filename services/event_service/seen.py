"""Messages that were dealt with, so that a repeat does nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

CAPACITY = 10_000


class Seen:
    """The newest message IDs, up to a bound; in a file they outlive the process.

    A repeat comes from a publisher that did not see its confirmation, or from a broker that did
    not see an acknowledgement: because the connection broke, or because this process was killed.
    All come soon, so the newest are enough. Who processes a message notes it, then acknowledges
    it: killed before the note, it processes the message once more, as the broker promises no less.

    Args:
        file: SQLite file of the IDs; None keeps them in memory.
        capacity: how many are kept.

    Raises:
        sqlite3.Error: when the file cannot be used.
    """

    def __init__(self, file: Path | None = None, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        # Without its own transactions: each note is on the disk's way before the acknowledgement.
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT UNIQUE)"
        )

    def __contains__(self, message_id: str | None) -> bool:
        found = self._database.execute("SELECT 1 FROM seen WHERE id = ?", (message_id,))
        return found.fetchone() is not None

    def add(self, message_id: str | None) -> None:
        """Note a message that was dealt with; one without an ID cannot be recognised."""
        if message_id is None:
            return
        self._database.execute("INSERT OR IGNORE INTO seen (id) VALUES (?)", (message_id,))
        self._database.execute(
            "DELETE FROM seen WHERE number <= (SELECT max(number) FROM seen) - ?",
            (self._capacity,),
        )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
