"""Waiting, patiently: a machine under load takes minutes to start what it has to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import httpx

PATIENCE: Final = 600.0


def until(holds: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Wait until something holds; whether it did in time. What cannot be asked does not hold."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if holds():
                return True
        except (httpx.HTTPError, OSError, ValueError):
            pass
        time.sleep(0.5)
    return False
