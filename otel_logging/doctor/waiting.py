"""Asking again until there is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE_SECONDS = 0.25


def until(ask: Callable[[], T], deadline: float) -> T:
    """Ask until the answer is true, or `time.monotonic()` says so; return the last answer."""
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    return answer
