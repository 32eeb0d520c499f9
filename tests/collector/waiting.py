"""Poll until something holds; nothing is timed."""

from __future__ import annotations

import time
from collections.abc import Callable

_DEADLINE_SECONDS = 180.0


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds()`; fail naming `what` when it does not within three minutes."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not seen within {_DEADLINE_SECONDS:.0f} s: {what}"
        time.sleep(0.1)
