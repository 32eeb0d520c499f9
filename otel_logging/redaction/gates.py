"""Cheap tests of what may be in a text, all in one pass."""

from collections.abc import Iterable, Iterator
from typing import Final

import re2

_END: Final = b"\n\x00"
_MAX_MEMORY: Final = 256 << 20


class ScanError(Exception):
    """The patterns could not be run: nothing is known about the text."""


def options() -> "re2.Options":
    """How every pattern is compiled: on UTF-8 bytes, silent, with room for large sets."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.max_mem = _MAX_MEMORY
    return chosen


def compiled(pattern: str, *, captures: bool = True) -> "re2._Regexp":
    """A pattern, compiled with `options`."""
    chosen = options()
    chosen.never_capture = chosen.longest_match = not captures
    return re2.compile(pattern.encode(), chosen)


class Gates:
    """Patterns as one automaton that says which of them match.

    RE2 builds an automaton's states as texts lead to them. Patterns that have nothing to do with
    each other multiply their states, and most of the time goes into building: so what stands
    together should begin with letters of its own, and count nothing.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns.

        Raises:
            re2.error: They are too large for one automaton.
        """
        self._set = re2.Set.SearchSet(options())
        for pattern in patterns:
            self._set.Add(pattern.encode())
        self._sentinel: int = self._set.Add(rb"\x00")
        self._set.Compile()

    def __len__(self) -> int:
        return self._sentinel

    def open(self, text: bytes) -> list[int]:
        """Indices of the patterns that match somewhere in ``text``.

        Raises:
            ScanError: The automaton gave up, for instance for want of memory.
        """
        found = self._set.Match(text + _END) or []
        if self._sentinel not in found:
            raise ScanError
        found.remove(self._sentinel)
        return found


class Sieve:
    """Patterns as one automaton that says where any of them matches, not which.

    It is passed over texts that were joined, so what it does not find costs nothing more. A
    pattern should be decided within few characters: while one may still match, whatever matches
    after its start has to wait.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns.

        Raises:
            re2.error: They are too large for one automaton.
        """
        self._any = compiled("|".join(f"(?:{each})" for each in patterns), captures=False)

    def places(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where patterns match; a match may hide others that overlap it."""
        return (match.span() for match in self._any.finditer(text))
