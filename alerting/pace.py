"""How long things take: the production times, or all of them shortened alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Turns production times into those that are written.

    Attributes:
        scale: 1 in production; tests and benches take less. Nothing gets below a second.
    """

    scale: float = 1.0

    def seconds(self, production: float) -> int:
        """A production time at this pace."""
        return max(1, round(production * self.scale))

    def __call__(self, production: float) -> str:
        """The same as Prometheus and Alertmanager write it."""
        seconds = self.seconds(production)
        for size, unit in ((3600, "h"), (60, "m")):
            if seconds % size == 0:
                return f"{seconds // size}{unit}"
        return f"{seconds}s"


MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
