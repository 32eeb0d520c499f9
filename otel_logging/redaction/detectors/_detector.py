"""What a detector is: one row of the table."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

Refine = Callable[[bytes], Iterable[tuple[int, int]]]
"""Which parts of a match are secret, as byte ranges inside it; none when it is a false alarm."""

Partial = Callable[[str], str]
"""The partial form of a secret."""


_RARE: Final = 3
"""Literals of so many characters are rare enough to stand for their pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Finds one kind of secret in text.

    Attributes:
        name: Its name in policies and findings.
        pattern: RE2 and Go syntax; the group ``secret``, if any, is what is redacted.
        profiles: The profiles that include it.
        matches: Examples in which it must find something.
        misses: Examples in which it must find nothing.
        refine: Validator of a match, such as a check digit. The Collector has none: there the
            pattern alone decides.
        partial: Its partial form.
        collector: Pattern for the Collector, where the one above would mask too much without
            its validator.
        literals: Texts of which one is in every match: a cheap test before the pattern.
        gate: What is in every match, where the literals are too short to tell: a pattern that is
            decided within few characters, so that it can be sought together with all others.
    """

    name: str
    pattern: str
    profiles: frozenset[str]
    matches: tuple[str, ...]
    misses: tuple[str, ...]
    refine: Refine | None = None
    partial: Partial | None = None
    collector: str | None = None
    literals: tuple[str, ...] = ()
    gate: str | None = None

    @property
    def gate_pattern(self) -> str:
        """A pattern of what is in every match, on the line on which the match begins."""
        if self.gate:
            return self.gate
        if self.literals and min(map(len, self.literals)) >= _RARE:
            return "|".join(map(re.escape, self.literals))
        return self.pattern

    @property
    def collector_pattern(self) -> str:
        """The pattern for the Collector."""
        return self.collector or self.pattern


def profiles(names: str) -> frozenset[str]:
    """The profiles in a list separated by spaces."""
    return frozenset(names.split())


EVERYWHERE = profiles("minimal default strict payment korean")
USUAL = profiles("default strict payment korean")
"""Every profile but minimal, which holds credentials only."""
