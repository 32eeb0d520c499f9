"""What the audit found, as data: `security/result.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from security.entries import DROPPED, ENTRIES
from security.places import PLACES
from security.planted import Secret
from security.run import Rested

FILE = Path(__file__).with_name("result.json")


class Count(msgspec.Struct, frozen=True):
    """How many secrets were found at an entry or a place.

    Attributes:
        name: The entry or place.
        planted: Secrets that came in there; 0 for a place.
        unredacted: Distinct planted secrets found with redaction off.
        redacted: The same with redaction on.
    """

    name: str
    planted: int
    unredacted: int
    redacted: int


class Independent(msgspec.Struct, frozen=True):
    """What detect-secrets found, by its own name of the kind, off and on."""

    kind: str
    unredacted: int
    redacted: int


class Result(msgspec.Struct, frozen=True):
    """The whole audit.

    Attributes:
        entries: By entry, over all places.
        places: By place, over all entries.
        independent: What detect-secrets found, over all places but those with application data.
        never_recorded: Kinds and entries of secrets that rest nowhere even with redaction off.
        loose_modes: Files of ours that others could read, written under umask 000.
    """

    entries: list[Count]
    places: list[Count]
    independent: list[Independent]
    never_recorded: list[str]
    loose_modes: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing was found with redaction on, and everything with it off."""
        counts: list[Count | Independent] = [*self.entries, *self.places, *self.independent]
        leaks = sum(count.redacted for count in counts)
        blind = [c.name for c in self.entries if not c.unredacted and c.name not in DROPPED]
        return not (leaks or blind or self.loose_modes) and bool(self.independent)

    def write(self) -> None:
        """Keep it beside the code."""
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")

    @classmethod
    def read(cls) -> Result:
        """Return what was kept."""
        return msgspec.json.decode(FILE.read_bytes(), type=cls)


class Found(msgspec.Struct, frozen=True):
    """The findings of one run.

    Attributes:
        rested: The run.
        planted: By place, what was found of what was planted.
        independent: By place, what detect-secrets found.
        loose_modes: Files of ours that others could read.
    """

    rested: Rested
    planted: dict[str, list[Secret]]
    independent: dict[str, Counter[str]]
    loose_modes: list[str]


def compared(off: Found, on: Found) -> Result:
    """Put two runs side by side."""
    seen_off, seen_on = _all(off.planted.values()), _all(on.planted.values())
    came_in = Counter(secret.entry for secret in off.rested.planted)
    names = [*ENTRIES, *(entry for entry in came_in if entry not in ENTRIES)]
    kinds_off, kinds_on = (sum(found.independent.values(), Counter()) for found in (off, on))
    missing = {s for s in off.rested.planted if s not in seen_off}
    return Result(
        entries=[
            Count(name, came_in[name], _at(seen_off, name), _at(seen_on, name)) for name in names
        ],
        places=[
            Count(p.name, 0, len(off.planted[p.name]), len(on.planted[p.name])) for p in PLACES
        ],
        independent=[
            Independent(kind, kinds_off[kind], kinds_on[kind])
            for kind in sorted({*kinds_off, *kinds_on})
        ],
        never_recorded=sorted({f"{secret.kind} ({secret.entry})" for secret in missing}),
        loose_modes=on.loose_modes,
    )


def _all(found: Iterable[list[Secret]]) -> set[Secret]:
    return {secret for secrets in found for secret in secrets}


def _at(secrets: set[Secret], entry: str) -> int:
    return sum(secret.entry == entry for secret in secrets)
