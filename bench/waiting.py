"""Waiting for what a bench needs to see before it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(
    holds: Callable[[], bool], what: str, patience: float = 180.0, pause: float = 0.05
) -> None:
    """Poll until something holds.

    Args:
        holds: Whether it does.
        what: Names it in the error.
        patience: Seconds to wait at most.
        pause: Seconds between two looks.

    Raises:
        TimeoutError: It does not in time.
    """
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not seen within {patience:g} s: {what}")
        time.sleep(pause)
