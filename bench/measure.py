"""How the benches measure: CPU time, medians with their spread, and what they ran on."""

import json
import os
import platform
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

RESULTS = Path(__file__).parent / "results"


class Spread:
    """A median and the quartiles around it.

    Attributes:
        median: Half of the samples are below.
        low: A quarter of the samples are below.
        high: A quarter of the samples are above.
        samples: How many there are.
    """

    def __init__(self, samples: Sequence[float]) -> None:
        ordered = sorted(samples)
        self.samples = len(ordered)
        self.median = statistics.median(ordered)
        self.low, _, self.high = (
            statistics.quantiles(ordered, n=4, method="inclusive")
            if len(ordered) > 1
            else ordered * 3
        )

    def __str__(self) -> str:
        half = (self.high - self.low) / 2
        return f"{self.median:.2f} ±{half:.2f}"

    def as_dict(self) -> dict[str, float]:
        """The numbers, rounded to what they are worth."""
        numbers = {"median": self.median, "low": self.low, "high": self.high}
        return {**{name: round(value, 4) for name, value in numbers.items()}, "n": self.samples}


class Spinner:
    """A thread that does nothing but use the interpreter, as CPU-bound application code does."""

    def __init__(self) -> None:
        self._stop = False
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()
        self._clock = time.pthread_getcpuclockid(self._thread.ident or 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cpu_ns(self) -> int:
        """CPU time that the thread has used so far."""
        return time.clock_gettime_ns(self._clock)

    def stop(self) -> None:
        """End the thread."""
        self._stop = True
        self._thread.join()

    def _spin(self) -> None:
        number = 1
        while not self._stop:
            for _ in range(1_000):
                number = (number * 1_103_515_245 + 12_345) % 2_147_483_648


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that is not below ``percent`` of all (nearest rank)."""
    ordered = sorted(samples)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank) - 1, 0)]


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def save(name: str, packages: Iterable[str], results: dict[str, Any]) -> Path:
    """Write results as data, with the machine and the versions they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {package: version(package) for package in packages},
        **results,
    }
    path.write_text(json.dumps(document, indent=2) + "\n")
    return path


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of aligned columns, the first to the left and numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )
