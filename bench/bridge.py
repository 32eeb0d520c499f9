"""What does a log call cost, for its caller and in all, against other ways to log?

Every variant runs in a process of its own, with its own defaults; the processes take turns in
random order, so that whatever else the machine does falls on all alike. Times are CPU time of the
calling thread ("caller") and of the whole process ("total"). OpenTelemetry's handler and
ours both send OTLP/HTTP to a receiver on loopback, which counts. The event loop's lag is wall time.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.measure import Spread, save, table
from bench.process import Case, Setup, VariantProcess

OURS, PEER = "otel-logging", "OpenTelemetry"
SETUPS = (
    Setup("null_handler", "logging, NullHandler", counted=False),
    Setup("stdlib_json", "logging, JSON file"),
    Setup("structlog_json", "structlog, JSON file"),
    Setup("loguru_json", "loguru, JSON file"),
    Setup("logfire_handler", "logfire, not sent"),
    Setup("opentelemetry_handler", PEER, exports=True),
    Setup("opentelemetry_console", f"{PEER} + JSON console", exports=True),
    Setup("otel_logging", OURS, launcher=True, exports=True),
    Setup(
        "otel_logging",
        f"{OURS}, no console",
        launcher=True,
        exports=True,
        environ=(("OTLOG_CONSOLE", "off"),),
    ),
)
CASES = {
    "no attributes": Case(attributes=0),
    "4 attributes": Case(),
    "20 attributes": Case(attributes=20),
    "4 attributes and an exception": Case(records=512, errors=True),
    "4 attributes, from four threads": Case(threads=4),
    "4 attributes, beside a CPU-bound thread": Case(spinner=True),
    "event loop, 4,000 records a second": Case(records=4_096, rate=4_000),
}
MAIN, LAG = "4 attributes", "event loop, 4,000 records a second"
PACKAGES = (
    "opentelemetry-sdk",
    "opentelemetry-instrumentation-logging",
    "python-json-logger",
    "structlog",
    "loguru",
    "logfire",
    "google-re2",
)

Samples = dict[str, dict[str, list[float]]]
"""By variant and measure."""


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table for each case and the three ratios, and save all as data."""
    parser = argparse.ArgumentParser(
        prog="bench bridge", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--repetitions", type=int, default=8, help="of each case (default: 8)")
    repetitions = parser.parse_args(arguments).repetitions
    samples = measure(repetitions)
    spreads = {
        case: {
            variant: {name: Spread(values) for name, values in measures.items()}
            for variant, measures in variants.items()
        }
        for case, variants in samples.items()
    }
    for case, variants in spreads.items():
        print(f"\n{case}\n{_table(variants)}")
    ratios = {
        "caller_ratio": _ratio(spreads[MAIN], "caller"),
        "total_ratio": _ratio(spreads[MAIN], "total"),
        "lag_ratio": _ratio(spreads[LAG], "lag"),
    }
    cases = {
        case: {
            variant: {name: spread.as_dict() for name, spread in measures.items()}
            for variant, measures in variants.items()
        }
        for case, variants in spreads.items()
    }
    path = save("bridge", PACKAGES, {"cases": cases, "ratios": ratios})
    print("\nµs of CPU time for each record (lag: ms, p99), median ± half the distance of the")
    print(f"quartiles over {repetitions} repetitions; ratios to {PEER}. All as data: {path}")
    print(" ".join(f"{name}={value:.2f}" for name, value in ratios.items()))


def measure(repetitions: int) -> dict[str, Samples]:
    """Run every case on every variant, in turns; the first turn warms up and is not counted."""
    samples: dict[str, Samples] = {case: {} for case in CASES}
    order = random.Random(0)  # noqa: S311 - any order will do
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        processes = [
            stack.enter_context(VariantProcess(setup, Path(folder) / str(index)))
            for index, setup in enumerate(SETUPS)
        ]
        for turn in range(repetitions + 1):
            print(f"\rturn {turn} of {repetitions}", end="", flush=True)
            for name, case in CASES.items():
                for process in order.sample(processes, len(processes)):
                    result = process.run(case, seed=order.getrandbits(32))
                    if turn:
                        _add(samples[name], process.setup.label, result)
    print()
    return samples


def _add(samples: Samples, variant: str, result: dict[str, float]) -> None:
    measures = samples.setdefault(variant, {})
    for name, value in result.items():
        measures.setdefault(name, []).append(value)


def _ratio(variants: dict[str, dict[str, Spread]], measure: str, variant: str = OURS) -> float:
    return round(variants[variant][measure].median / variants[PEER][measure].median, 3)


def _table(variants: dict[str, dict[str, Spread]]) -> str:
    measures = list(variants[OURS])
    rows = []
    for variant in (setup.label for setup in SETUPS):
        row = [variant]
        for measure in measures:
            row += [
                str(variants[variant][measure]),
                f"{_ratio(variants, measure, variant):.2f}",
            ]
        rows.append(row)
    head = ["", *(cell for measure in measures for cell in (measure, "ratio"))]
    return table(head, rows)
