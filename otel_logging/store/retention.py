"""Which slices have to go: those past their age, and the oldest when all are too large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_logging.store.slices import Slice


def expired(slices: Sequence[Slice], *, oldest_ns: int, max_bytes: int) -> list[Slice]:
    """Return the slices to delete, oldest first.

    Size alone never deletes the newest slice: it is the one being written, and split when large.

    Args:
        slices: All of them, oldest first.
        oldest_ns: Slices that end at or before this time are past their age.
        max_bytes: What all slices together may take.
    """
    sizes = [part.size for part in slices]
    total, gone = sum(sizes), []
    for part, size in zip(slices, sizes, strict=True):
        too_old = part.end_ns <= oldest_ns
        too_large = total > max_bytes and part is not slices[-1]
        if not (too_old or too_large):
            break
        gone.append(part)
        total -= size
    return gone
