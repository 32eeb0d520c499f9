"""Which settings should a service run with, and what does each cost?

wrk drives the gateway (gateway → auth-service) and the event flow (event-service → RabbitMQ → its
worker) while one factor at a time is varied around a base point: level, records a request, users,
export, compression, redaction, console, sampling. All cases take turns in an order drawn from a
seed, so that a machine that is slower for a while is so for all. `docs/performance-report.md`, its
plots and the settings that it recommends are made from the data.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import httpx

from bench.load.wrk import LoadError
from bench.measure import save
from bench.performance.design import CASES, Case
from bench.performance.document import write
from bench.performance.measure import QUICK, Figures, Times, measure
from bench.performance.result import Result, Round, summarised
from bench.performance.stack import Backends, CaseStack, backends
from stack.collector import VERSION
from stack.part import StartError

PACKAGES = ("opentelemetry-sdk", "fastapi", "uvicorn", "httpx", "aio-pika", "google-re2")
SEED = 20_261_124
ATTEMPTS = 3
"""One failure must not cost a run of half an hour."""


def main(arguments: Sequence[str]) -> None:
    """Measure, save, and write the document; `--render` writes it from what was saved."""
    parser = argparse.ArgumentParser(prog="bench report")
    parser.add_argument("--rounds", type=int, help="of all cases (default: 5, quick 2)")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="of the order (default: %(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="short loads: to try it, not to quote")
    parser.add_argument("--render", action="store_true", help="measure nothing: write the document")
    options = parser.parse_args(arguments)
    if not options.render:
        _measure_and_save(options)
    for file in write(Result.read()):
        print(f"written: {file}")


def _measure_and_save(options: argparse.Namespace) -> None:
    """Keep what there is after each round: nobody likes to lose the fourth to the fifth."""
    rounds = options.rounds or (2 if options.quick else 5)
    times = QUICK if options.quick else Times()
    tools = {"Collector": VERSION, "wrk": _version("wrk", "-v")}
    measured: list[Round] = []
    for found in _rounds(rounds, times, random.Random(options.seed)):  # noqa: S311
        measured.append(found)
        design = {"seed": options.seed, "rounds": len(measured), **asdict(times)}
        results = {"design": design, "tools": tools, "cases": summarised(measured)}
        path = save("report", PACKAGES, results)
    print(f"all as data: {path}")


def _rounds(rounds: int, times: Times, order: random.Random) -> Iterator[Round]:
    done, started = 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, backends(Path(name)) as running:
        for number in range(rounds):
            found: Round = {}
            for case in order.sample(CASES, len(CASES)):
                folder = Path(name) / f"{number}-{CASES.index(case)}"
                if figures := _case(folder, case, running, times):
                    found[case.name] = figures
                done += 1
                _tell(done, rounds * len(CASES), started, case.name)
            yield found


def _case(folder: Path, case: Case, running: Backends, times: Times) -> dict[str, Figures] | None:
    """Measure a case, for longer where nothing was answered in time; None when nothing helps."""
    for attempt in range(ATTEMPTS):
        stack = CaseStack(folder / str(attempt), case, running.broker, running.collector(case))
        try:
            with stack.running():
                return measure(stack, running, times.longer(2**attempt))
        except (LoadError, StartError, httpx.HTTPError) as error:
            print(f"{case.name}: {error}", file=sys.stderr, flush=True)
    print(f"{case.name} is left out of this round", file=sys.stderr, flush=True)
    return None


def _tell(done: int, of: int, started: float, name: str) -> None:
    left = (time.monotonic() - started) / done * (of - done)
    print(f"{done} of {of}, about {left / 60:.0f} min left ({name})", file=sys.stderr, flush=True)


def _version(*command: str) -> str:
    """The second word that a program says of itself."""
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return (told.stdout + told.stderr).split()[1]
