"""Few short texts that find many names: what is searched before any name is."""

from dataclasses import dataclass
from typing import Final

Word = tuple[str, ...]
"""A name to redact as its segments."""

_SHORTEST: Final = 4
"""Letters of a stem; shorter ones are in every other line."""


@dataclass(frozen=True, slots=True)
class Group:
    """Names that one stem finds.

    Attributes:
        stem: It is in a segment of each of the names.
        names: They, longest first.
    """

    stem: str
    names: tuple[Word, ...]


def groups(names: set[Word]) -> list[Group]:
    """The names by their stems; the stem of a name is in every longer name around it, too.

    So of two names of which one is in the other, the longer one comes in the same group or in an
    earlier one.
    """
    left = {name for name in names if name}
    found = []
    while left:
        candidates: dict[str, set[Word]] = {}
        for name in sorted(left):
            for stem in _stems(name):
                candidates.setdefault(stem, set()).add(name)
        best = max(sorted(candidates), key=lambda stem: (len(candidates[stem]), len(stem)))
        mine = sorted(candidates[best], key=lambda name: (-len("".join(name)), name))
        found.append(Group(best, tuple(mine)))
        left -= candidates[best]
    return found


def _stems(name: Word) -> set[str]:
    others = [part for part in name if not part.isascii()]
    parts = others or [part for part in name if len(part) >= _SHORTEST] or list(name)
    return {
        part[start:end]
        for part in parts
        for start in range(len(part))
        for end in range(start + min(_least(part), len(part)), len(part) + 1)
    }


def _least(part: str) -> int:
    return _SHORTEST if part.isascii() else 1
