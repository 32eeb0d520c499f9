"""The rule by which everything that was written is accounted for.

What a service wrote is what it printed: each record's line has its ID. A record is

- *stored*: it is in the store, by that ID;
- *killed*: it is not, and was among what a process wrote in its last 60 seconds before it was
  killed, when it may not have handed it to the Collector or its spool;
- *dropped*: it is not, and its process's own metrics have counted as many as dropped;
- *lost*: none of that. There must be none.

The same holds for spans, of which each record names the one it was written in; for records and
spans that the Collector accepted from a plain sender there is no other way than the first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

Window = tuple[int, int]
"""The first byte of a process's output that it may not have handed on, and the first after it."""


class Account(msgspec.Struct, frozen=True):
    """What became of what a sender wrote.

    Attributes:
        sender: Whose, and of which kind.
        written: Distinct IDs.
        stored: Of them, in the store.
        killed: Of them, gone with a process that was killed.
        dropped: Of them, counted as dropped by the sender.
        lost: The rest.
    """

    sender: str
    written: int
    stored: int
    killed: int = 0
    dropped: int = 0
    lost: int = 0


def account(
    sender: str,
    written: Mapping[str, int],
    stored: Collection[str],
    windows: Sequence[Window] = (),
    counted: float = 0,
) -> Account:
    """Account for what a sender wrote.

    Args:
        sender: As the account is to be called.
        written: Where in its output each ID stands, in bytes.
        stored: The IDs in the store.
        windows: For each end of the sender, what it may not have handed on.
        counted: What the sender's metrics have counted as dropped.
    """
    missing = {one: at for one, at in written.items() if one not in stored}
    killed = sum(any(begin <= at < end for begin, end in windows) for at in missing.values())
    rest = len(missing) - killed
    dropped = min(rest, int(counted))
    return Account(
        sender, len(written), len(written) - len(missing), killed, dropped, rest - dropped
    )
