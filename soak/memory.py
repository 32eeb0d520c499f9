"""Whether the memory of a process grows: a rule that a leak breaks and a busy minute does not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Final

import msgspec

WARM_UP: Final = 120.0
"""Seconds of a process's life that are left out: it loads, and its caches fill."""

SHORTEST: Final = 240.0
"""Seconds that a life has to last after that, to be judged."""

MOST_PER_CENT: Final = 10.0
"""A process that grows by more than this between two thirds of a life, grows."""

Life = Sequence[tuple[float, int]]
"""Ages in seconds, and resident bytes then."""


class Growth(msgspec.Struct, frozen=True):
    """How the memory of a process behaved.

    Attributes:
        process: Its name.
        lives: How many of its lives were long enough.
        seconds: How long they lasted, after their warm-up.
        megabytes: Median of its resident memory.
        per_cent: Median over the lives: last third of a life against its first third.
        per_hour: Slope over the longest life (Theil and Sen's), in megabytes an hour.
    """

    process: str
    lives: int
    seconds: float
    megabytes: float
    per_cent: float
    per_hour: float


def growth(process: str, lives: Sequence[Life]) -> Growth | None:
    """Judge a process by its lives; None where none was long enough."""
    warm = [[one for one in life if one[0] >= WARM_UP] for life in lives]
    judged = [life for life in warm if life and life[-1][0] - life[0][0] >= SHORTEST]
    if not judged:
        return None
    longest = max(judged, key=len)
    return Growth(
        process,
        len(judged),
        round(sum(life[-1][0] - life[0][0] for life in judged), 1),
        round(median(size for life in judged for _, size in life) / 1e6, 1),
        round(median(map(_grown, judged)), 2),
        round(_slope(longest) * 3600 / 1e6, 2),
    )


def _grown(life: Life) -> float:
    """Return by how much, in per cent, the last third is larger than the first."""
    third = len(life) // 3
    first, last = (median(size for _, size in part) for part in (life[:third], life[-third:]))
    return (last / first - 1) * 100


def _slope(life: Life) -> float:
    """Return the median of the slopes between all pairs of at most 200 samples."""
    some = life[:: len(life) // 200 + 1]
    return median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(some, 2) if b[0] > a[0])
