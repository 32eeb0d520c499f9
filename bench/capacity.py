"""Does the capacity model predict what a load of this machine's size costs?

A process writes records and spans at a steady rate; they go through the Collector with redaction
to the embedded store, as shipped. `--calibrate` measures what a record and a span cost each stage,
writes it into the package for `otel-logging capacity`, and then, as always, both are put on
together: the cores that the model predicts are compared with those in use.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.measure import Spread, machine, save, table
from bench.performance.capacity_page import write
from bench.performance.pipeline import SENT, Pipeline, Rates, pipeline
from bench.telemetry import clean_logs
from otel_logging.capacity.measured import (
    SOURCE,
    STAGES,
    Cost,
    Figure,
    Measured,
    Sizes,
    Stage,
    measured,
)

FILE = Path(__file__).parent.parent / "otel_logging" / "capacity" / "measured.json"
MIXED = Rates(1_500, 600)
LOW, HIGH = 200, 2_000
_IDLE, _FEW_RECORDS, _MANY_RECORDS = Rates(0, 0), Rates(LOW, 0), Rates(HIGH, 0)
_FEW_SPANS, _MANY_SPANS = Rates(0, LOW), Rates(0, HIGH)
LOADS = (_IDLE, _FEW_RECORDS, _MANY_RECORDS, _FEW_SPANS, _MANY_SPANS, MIXED)
AIM = 0.2
"""How far prediction and measurement may be apart, as a share of what was measured."""

Round = dict[Rates, dict[str, float]]
"""Load → stage → cores in use."""


def main(arguments: Sequence[str]) -> None:
    """Measure, compare, save; exit with 1 where the model is further off than the aim."""
    parser = argparse.ArgumentParser(prog="bench capacity")
    parser.add_argument("--calibrate", action="store_true", help="measure the model's costs anew")
    parser.add_argument("--rounds", type=int, default=5, help="of all loads (default: 5)")
    parser.add_argument("--seconds", type=int, default=15, help="of each load (default: 15)")
    parser.add_argument("--render", action="store_true", help="measure nothing: write the page")
    options = parser.parse_args(arguments)
    if options.render:
        print(f"written: {write()}")
        return
    loads = LOADS if options.calibrate else (MIXED,)
    rounds = _measure(loads, options.rounds, options.seconds)
    costs = calibrated(rounds) if options.calibrate else measured()
    if options.calibrate:
        FILE.write_bytes(msgspec.json.format(msgspec.json.encode(costs), indent=2) + b"\n")
        print(f"costs: {FILE}")
    found = compared(rounds, costs)
    data = {"load": asdict(MIXED), **found}
    path = save("capacity", ("opentelemetry-sdk", "google-re2", "duckdb"), data)
    rows = [(name, *(f"{one[what]:.3f}" for what in _COLUMNS)) for name, one in found.items()]
    print(table(("cores in use", *_COLUMNS), rows))
    whole = found["whole"]
    print(f"all as data: {path}\nwritten: {write()}")
    print(" ".join(f"{what}={whole[what]:.3f}" for what in _COLUMNS))
    sys.exit(0 if abs(whole["error"]) <= AIM else 1)


_COLUMNS = ("predicted", "measured", "error")


def _measure(loads: Sequence[Rates], rounds: int, seconds: int) -> list[Round]:
    """All loads in turns; one that warms up is not counted."""
    order, found = random.Random(0), []  # noqa: S311 - any order will do
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, pipeline(Path(folder)) as running:
        running.put_on(MIXED, min(seconds, 5))
        for number in range(rounds):
            found.append(_round(running, order.sample(loads, len(loads)), seconds))
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def _round(running: Pipeline, loads: Sequence[Rates], seconds: int) -> Round:
    return {rates: running.put_on(rates, seconds) for rates in loads}


def calibrated(rounds: Sequence[Round]) -> Measured:
    """The costs: from the difference of many and few, each over the rounds."""
    here = machine()
    return Measured(
        datetime.now(UTC).isoformat(timespec="seconds"),
        SOURCE,
        f"{here['processor']}, {here['cores']} cores, {here['python']}, {here['system']}",
        {name: _stage(name, rounds) for name in STAGES},
        _sizes(rounds),
    )


def _stage(name: str, rounds: Sequence[Round]) -> Stage:
    idle = [each[_IDLE][name] for each in rounds]
    return Stage(
        _figure(idle),
        _cost(name, rounds, _FEW_RECORDS, _MANY_RECORDS),
        _cost(name, rounds, _FEW_SPANS, _MANY_SPANS),
    )


def _cost(name: str, rounds: Sequence[Round], few: Rates, many: Rates) -> Cost:
    each = [(r[many][name] - r[few][name]) / (HIGH - LOW) for r in rounds]
    slope = statistics.median(each)
    flowing = [r[few][name] - r[_IDLE][name] - slope * LOW for r in rounds]
    return Cost(_figure([cost * 1e6 for cost in each]), _figure(flowing))


def _figure(samples: Sequence[float]) -> Figure:
    return msgspec.convert(Spread(samples).as_dict(), Figure)


def _sizes(rounds: Sequence[Round]) -> Sizes:
    """Of what was sent; what gzip makes of it, from records as services send them."""
    clean = clean_logs(random.Random(0), 512).SerializeToString()  # noqa: S311 - any will do
    return Sizes(
        _size(rounds, _FEW_RECORDS, _MANY_RECORDS),
        _size(rounds, _FEW_SPANS, _MANY_SPANS),
        round(len(clean) / len(gzip.compress(clean, 6)), 2),
    )


def _size(rounds: Sequence[Round], few: Rates, many: Rates) -> float:
    sizes = [(r[many][SENT] - r[few][SENT]) / (HIGH - LOW) for r in rounds]
    return round(statistics.median(sizes), 1)


def compared(rounds: Sequence[Round], costs: Measured) -> dict[str, dict[str, Any]]:
    """By stage and for all: cores predicted and measured under the mixed load."""
    found = {
        name: _compared(
            costs.stages[name].cores(MIXED.records, MIXED.spans),
            [each[MIXED][name] for each in rounds],
        )
        for name in STAGES
    }
    predicted = sum(one["predicted"] for one in found.values())
    return {
        **found,
        "whole": _compared(
            predicted, [sum(each[MIXED][name] for name in STAGES) for each in rounds]
        ),
    }


def _compared(predicted: float, samples: Sequence[float]) -> dict[str, Any]:
    spread = Spread(samples)
    error = predicted / spread.median - 1
    numbers = {"predicted": round(predicted, 4), "measured": round(spread.median, 4)}
    return {**numbers, "error": round(error, 4), "spread": spread.as_dict()}
