"""What was measured, as data: `bench/results/report.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import RESULTS, Spread
from bench.performance.design import CASES, CONNECTIONS, Case
from bench.performance.measure import ACCOUNT, Figures, key

FILE = RESULTS / "report.json"
RATIOS = ("rps", "p50_ms", "p99_ms", "gateway:cpu_ms", "cpu_ms")
"""Figures that are also given as a ratio to the case that one is compared with."""

Round = dict[str, dict[str, Figures]]
"""Case → load → figures."""

Summary = dict[str, dict[str, dict[str, float]]]
"""Load → figure → median, low, high and n."""


def summarised(rounds: Sequence[Round]) -> dict[str, Summary]:
    """By case: medians and quartiles over the rounds, ratios taken within each round."""
    found = {
        case.name: _of_case(case, [each for each in rounds if case.name in each]) for case in CASES
    }
    return {name: summary for name, summary in found.items() if summary}


def _of_case(case: Case, rounds: Sequence[Round]) -> Summary:
    found: Summary = {}
    for load in rounds[0][case.name] if rounds else ():
        samples: dict[str, list[float]] = {}
        for each in rounds:
            figures = _with_sum(each[case.name][load])
            other = each.get(case.against, {}).get(load)
            ratios = dict(_ratios(figures, _with_sum(other))) if other else {}
            for name, value in {**figures, **ratios}.items():
                samples.setdefault(name, []).append(value)
        found[load] = {name: Spread(values).as_dict() for name, values in samples.items()}
    return found


def _with_sum(figures: Figures) -> Figures:
    """With the CPU time of the services together; Collector and broker are not the services."""
    others = ("Collector:", "RabbitMQ:")
    total = sum(
        value
        for name, value in figures.items()
        if name.endswith(":cpu_ms") and not name.startswith(others)
    )
    return {**figures, "cpu_ms": total}


def _ratios(figures: Figures, other: Figures) -> Iterator[tuple[str, float]]:
    for name in RATIOS:
        if other.get(name) and name in figures:
            yield f"{name} ratio", figures[name] / other[name]


@dataclass(frozen=True)
class Result:
    """The report's data, read back.

    Attributes:
        data: The whole document.
    """

    data: dict[str, Any]

    @classmethod
    def read(cls, file: Path = FILE) -> Result:
        """Return what was kept."""
        return cls(json.loads(file.read_text()))

    def figure(
        self, case: str, name: str, load: str = key(ACCOUNT, CONNECTIONS)
    ) -> dict[str, float] | None:
        """A figure's median, low, high and n; None where it was not measured."""
        found: dict[str, float] | None = self.data["cases"].get(case, {}).get(load, {}).get(name)
        return found

    def median(self, case: str, name: str, load: str = key(ACCOUNT, CONNECTIONS)) -> float:
        """A figure's median.

        Raises:
            KeyError: it was not measured.
        """
        found = self.figure(case, name, load)
        if found is None:
            raise KeyError(f"{case}, {load}: {name}")
        return found["median"]

    def ramp(self, case: str) -> list[int]:
        """The numbers of users that a case was measured with, ascending."""
        loads = self.data["cases"].get(case, {})
        prefix = f"{ACCOUNT}@"
        return sorted(int(load.removeprefix(prefix)) for load in loads if load.startswith(prefix))
