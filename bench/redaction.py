"""What does it cost to redact a record, against other redactors?

Same records for all, made anew for each repetition; the redactors take turns in random order.
CPU time of the redacting thread; ours gets its records in chunks, as the bridge's worker feeds it.
One record in twenty holds a secret: "left" tells how many of them a redactor did not find.
"""

import argparse
import gc
import importlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from bench import growth
from bench.measure import Spinner, Spread, save, table
from bench.records import Sample, Source
from bench.redactors import Redactor, texts

OURS, PEER = "otel-logging", "logfire"
MODULES = {
    OURS: "otel_logging_engine",
    PEER: "logfire_scrubber",
    "presidio, patterns": "presidio_patterns",
}
SHAPES: dict[str, Callable[[Source], Sample]] = {
    "flat": Source.flat,
    "nested": Source.nested,
    "text": Source.text,
}
RECORDS = 512
PACKAGES = ("google-re2", "logfire", "presidio-analyzer")

Times = dict[tuple[str, bool], dict[str, list[float]]]
"""By shape and company of a CPU-bound thread, then by redactor: µs for each record."""


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table for each shape and the ratios, and save all as data."""
    parser = argparse.ArgumentParser(prog="bench redaction")
    parser.add_argument("--repetitions", type=int, default=15, help="of each case (default: 15)")
    repetitions = parser.parse_args(arguments).repetitions
    times, left, planted = measure(repetitions)
    spreads = {
        case: {name: Spread(values) for name, values in by_redactor.items()}
        for case, by_redactor in times.items()
    }
    for case, by_redactor in spreads.items():
        print(f"\n{_title(case)}\n{_table(by_redactor, left[case], planted[case])}")
    print()
    grown = growth.measure(3)
    ratios = {f"{shape}_ratio": _ratio(spreads[shape, False], OURS) for shape in SHAPES}
    ratios["growth"] = growth.worst(grown)
    cases = {
        _title(case): {name: spread.as_dict() for name, spread in by_redactor.items()}
        for case, by_redactor in spreads.items()
    }
    path = save("redaction", PACKAGES, {"cases": cases, "growth": grown, "ratios": ratios})
    print("\nµs of CPU time for each record, median ± half the distance of the quartiles over")
    print(f"{repetitions} repetitions of {RECORDS} records; ratios to {PEER}. All as data: {path}")
    print(" ".join(f"{name}={value:.2f}" for name, value in ratios.items()))


def measure(
    repetitions: int,
) -> tuple[Times, dict[tuple[str, bool], Counter[str]], Counter[tuple[str, bool]]]:
    """Redact in turns: the times, the secrets that each redactor left, and those planted.

    The first turn warms up and is not counted.
    """
    redactors: dict[str, Redactor] = {
        name: importlib.import_module(f"bench.redactors.{module}").create()
        for name, module in MODULES.items()
    }
    cases = [(shape, beside) for beside in (False, True) for shape in SHAPES]
    times: Times = {case: {name: [] for name in MODULES} for case in cases}
    left = {case: Counter[str]() for case in cases}
    planted = Counter[tuple[str, bool]]()
    order = random.Random(0)  # noqa: S311 - any order will do
    for turn in range(repetitions + 1):
        print(f"\rturn {turn} of {repetitions}", end="", flush=True)
        for case in cases:
            seed = order.getrandbits(32)
            for name in order.sample(list(MODULES), len(MODULES)):
                spent, missed, secrets = _run(redactors[name], case, seed)
                left[case][name] += missed
                if turn:
                    times[case][name].append(spent)
            planted[case] += secrets
    print()
    return times, left, planted


def _run(redactor: Redactor, case: tuple[str, bool], seed: int) -> tuple[float, int, int]:
    """Redact once: µs for each record, secrets left, secrets planted."""
    shape, beside = case
    source = Source(seed)
    samples = [SHAPES[shape](source) for _ in range(RECORDS)]
    secrets = [sample.secret for sample in samples]
    records = redactor.prepare(samples)
    gc.collect()
    with Spinner() if beside else nullcontext():
        before = time.thread_time_ns()
        redacted = redactor.redact(records)
        spent = time.thread_time_ns() - before
    if len(redacted) != RECORDS:
        raise AssertionError(f"{len(redacted)} records of {RECORDS} came back")
    left = sum(_holds(each, secret) for each, secret in zip(redacted, secrets, strict=True))
    return spent / RECORDS / 1e3, left, sum(secret is not None for secret in secrets)


def _holds(record: Any, secret: str | None) -> bool:
    if secret is None:
        return False
    attributes = dict(record.attributes or {})
    return any(secret in text for text in texts([record.body, attributes]))


def _ratio(by_redactor: dict[str, Spread], name: str) -> float:
    return round(by_redactor[name].median / by_redactor[PEER].median, 3)


def _title(case: tuple[str, bool]) -> str:
    shape, beside = case
    return f"{shape}, beside a CPU-bound thread" if beside else shape


def _table(by_redactor: dict[str, Spread], left: Counter[str], planted: int) -> str:
    rows = [
        (name, spread, f"{_ratio(by_redactor, name):.2f}", f"{left[name]} of {planted}")
        for name, spread in by_redactor.items()
    ]
    return table(("", "µs", "ratio", "secrets left"), rows)
