"""Cheap tests of what may be in a text, all in one pass."""

from collections.abc import Iterable
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


def compiled(pattern: str) -> "re2._Regexp":
    """A pattern, compiled with `options`."""
    return re2.compile(pattern.encode(), options())


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
