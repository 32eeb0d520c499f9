"""A process whose clock is two minutes behind: `python -m drills.skewed`, with a service's name."""

from __future__ import annotations

import time

import otel_logging

BEHIND = 120.0
LIVES = 120.0

if __name__ == "__main__":
    right = time.time
    time.time = lambda: right() - BEHIND
    otel_logging.configure()
    time.sleep(LIVES)
