"""Ranges of time, which Loki and Tempo want with every question."""

from __future__ import annotations

import time
from typing import NamedTuple

SECOND_NS = 10**9
DAY_NS = 86_400 * SECOND_NS
LOKI_LONGEST_NS = 30 * DAY_NS
"""Loki refuses more than an hour beyond it, by default."""
TEMPO_LONGEST_NS = 7 * DAY_NS - 60 * SECOND_NS
"""Tempo refuses to search more than a minute beyond it, by default."""
AHEAD_NS = 600 * SECOND_NS
"""How far ahead a sender's clock may be; Loki takes no more by default."""


class Range(NamedTuple):
    """A range of time in Unix nanoseconds, both ends included."""

    since_ns: int
    until_ns: int

    @classmethod
    def given(cls, since_ns: int | None, until_ns: int | None, longest_ns: int) -> Range:
        """Fill in what is not given: up to now, and as far back as will be answered."""
        until = time.time_ns() + AHEAD_NS if until_ns is None else until_ns
        return cls(until - longest_ns if since_ns is None else since_ns, until)

    @property
    def seconds(self) -> tuple[int, int]:
        """Unix seconds of a range that holds this one."""
        return self.since_ns // SECOND_NS, self.until_ns // SECOND_NS + 1
