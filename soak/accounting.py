"""The rule by which everything that was written is accounted for.

What a service wrote is what it printed: each record's line has its ID. A record is

- *stored*: it is in the store, by that ID;
- *killed*: it is not, and was among what a process wrote in its last 60 seconds before it was
  killed, when it may not have handed it to the Collector or its spool;
- *full disk*: it is not, and was written while the disk of the Collector's queue was full, or
  within a minute of that: then the Collector may lose what it has accepted, and counts nothing;
- *dropped*: it is not, and its process's own metrics have counted as many as dropped;
- *lost*: none of that. There must be none.

The same holds for spans, of which each record names the one it was written in. What the Collector
accepted from a plain sender is stored, or was lost with a full disk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

Window = tuple[int, int]
"""The first byte of a process's output that it may not have handed on, and the first after it."""


AROUND: Final = 60.0
"""Seconds that a record may be on its way to the Collector, in a spool or in its queue."""


class Account(msgspec.Struct, frozen=True):
    """What became of what a sender wrote.

    Attributes:
        sender: Whose, and of which kind.
        written: Distinct IDs.
        stored: Of them, in the store.
        killed: Of them, gone with a process that was killed.
        full_disk: Of them, gone with the Collector's disk.
        dropped: Of them, counted as dropped by the sender.
        lost: The rest.
    """

    sender: str
    written: int
    stored: int
    killed: int = 0
    full_disk: int = 0
    dropped: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Excuses:
    """What may be missing.

    Attributes:
        killed: For each end of the sender, what it may not have handed on.
        full_disk: For each time that the Collector's disk was full, what was written then.
        counted: How many the sender's own metrics have counted as dropped.
    """

    killed: Sequence[Window] = ()
    full_disk: Sequence[Window] = ()
    counted: int = 0


def account(
    sender: str, written: Mapping[str, int], stored: Collection[str], excuses: Excuses | None = None
) -> Account:
    """Account for what a sender wrote.

    Args:
        sender: As the account is to be called.
        written: Where in its output each ID stands, in bytes.
        stored: The IDs in the store.
        excuses: What may be missing.
    """
    excuses = excuses or Excuses()
    missing = [at for one, at in written.items() if one not in stored]
    living = [at for at in missing if not _within(at, excuses.killed)]
    rest = [at for at in living if not _within(at, excuses.full_disk)]
    dropped = min(len(rest), excuses.counted)
    return Account(
        sender,
        written=len(written),
        stored=len(written) - len(missing),
        killed=len(missing) - len(living),
        full_disk=len(living) - len(rest),
        dropped=dropped,
        lost=len(rest) - dropped,
    )


def _within(at: int, windows: Sequence[Window]) -> bool:
    return any(begin <= at < end for begin, end in windows)
