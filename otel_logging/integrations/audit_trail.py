"""A tamper-evident audit trail: each entry holds the hash of the one before it.

The chain does not depend on how entries are kept. An application writes an entry in the same
database transaction as the change that it tells of, under a lock on the `Head`, so that there is
one chain however many processes write. `check` reads the chain back and says what was altered,
removed or moved; `otel-logging audit-trail verify` does so for a database.

Who can write to the database can write a whole new chain. A head that was noted elsewhere, such
as the one that the command prints, is then no longer in it: see `check`'s anchors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Final, NamedTuple

GENESIS: Final = "0" * 64
"""What the first entry has for the hash of the one before it."""


class Head(NamedTuple):
    """The end of a chain: the number of its last entry (0: there is none) and its hash."""

    sequence: int
    hash: str


EMPTY: Final = Head(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change that somebody made.

    Attributes:
        sequence: 1 for the first entry, then one more for each.
        id: The entry's own ID, which the log event about the change carries.
        time: When, in RFC 3339.
        action: What was done, such as `auth.role.granted`.
        actor_id: Who did it; None for nobody who has proved who they are.
        target_type: What kind of thing was changed, such as `role`.
        target_id: Which of them.
        details: What else is to be known, as JSON, before and after included.
        trace_id: The trace in which it happened, 32 hex digits.
        span_id: The span in which it happened, 16 hex digits.
        previous_hash: Hash of the entry before it.
    """

    sequence: int
    id: str
    time: str
    action: str
    actor_id: str | None
    target_type: str
    target_id: str
    details: str
    trace_id: str | None
    span_id: str | None
    previous_hash: str

    @property
    def hash(self) -> str:
        """SHA-256 of all fields as a JSON array, in hex."""
        text = json.dumps(astuple(self), ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Finding(NamedTuple):
    """Something that is wrong with a chain, at or after the entry with this number."""

    sequence: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.sequence}: {self.what}"


def check(
    entries: Iterable[tuple[Entry, str]], head: Head, anchors: Mapping[int, str] | None = None
) -> Iterator[Finding]:
    """Find what was altered, removed or moved.

    Args:
        entries: Each entry with the hash that is kept with it, by `sequence`.
        head: The end of the chain, as it is kept apart from the entries.
        anchors: Hashes by number of entry that were noted earlier, elsewhere.
    """
    last = EMPTY
    missing = dict(anchors or {})
    for entry, kept_hash in entries:
        if entry.sequence != last.sequence + 1:
            yield Finding(last.sequence + 1, f"missing, the next is entry {entry.sequence}")
        elif entry.previous_hash != last.hash:
            yield Finding(entry.sequence, "does not follow the entry before it")
        if entry.hash != kept_hash:
            yield Finding(entry.sequence, "altered: its hash is another")
        if missing.pop(entry.sequence, kept_hash) != kept_hash:
            yield Finding(entry.sequence, "not the one that was noted")
        last = Head(entry.sequence, kept_hash)
    if last.sequence < head.sequence:
        yield Finding(last.sequence + 1, f"missing, the chain ends with entry {head.sequence}")
    elif last != head:
        yield Finding(last.sequence, "not the end that was kept")
    for sequence in sorted(missing):
        yield Finding(sequence, "missing, though it was noted")
