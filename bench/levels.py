"""How long does a change of a level take to reach every worker, and to be taken back?

A service of four workers (`uvicorn --workers 4`) under `opentelemetry-instrument` asks its logger
every 10 ms, in each worker, whether DEBUG is enabled, and logs a DEBUG record if it is. Each round
sets DEBUG by `otel-logging levels set … --for 5s`: the time from the command's return to the last
worker's first DEBUG record, and from the expiry to the last worker's last. Last line:
`levels_seconds=… revert_seconds=…`, the slowest of all rounds; the aim is 2 for both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import save
from bench.waiting import until
from otel_logging.levels.file import read
from stack.ports import HOST, free_port

WORKERS = 4
GOAL = 2.0
LENGTH = 5.0
DEADLINE = 300.0
_BIN = Path(sys.executable).parent
_APP = """
import logging, os, threading, time
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("shop.orders")

def tell():
    with open(f"{os.environ['SEEN']}/{os.getpid()}", "a", buffering=1) as seen:
        log.info("ready")
        seen.write("ready\\n")
        while True:
            if log.isEnabledFor(logging.DEBUG):
                log.debug("details")
                seen.write(f"{time.time()}\\n")
            time.sleep(0.01)

threading.Thread(target=tell, daemon=True).start()
"""


@dataclass(frozen=True)
class Sample:
    """One change.

    Attributes:
        reach: Seconds from the command's return to the last worker's first DEBUG record.
        revert: Seconds from the expiry to the last worker's last DEBUG record.
    """

    reach: float
    revert: float


def main(arguments: Sequence[str]) -> None:
    """Measure and save all; exit with 1 where the aim is missed."""
    parser = argparse.ArgumentParser(prog="bench levels")
    parser.add_argument("--rounds", type=int, default=10, help="changes (default: 10)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _workers(Path(name)) as seen:
        samples = [_change(Path(name) / "levels.yaml", seen) for _ in range(options.rounds)]
    worst = {
        "levels_seconds": max(one.reach for one in samples),
        "revert_seconds": max(one.revert for one in samples),
    }
    data = {**worst, "workers": WORKERS, "samples": [asdict(one) for one in samples]}
    print(f"all as data: {save('levels', ('uvicorn', 'fastapi'), data)}")
    reach = statistics.median(one.reach for one in samples)
    revert = statistics.median(one.revert for one in samples)
    print(f"medians of {len(samples)}: {reach:.2f} s to reach all, {revert:.2f} s to revert")
    print(" ".join(f"{name}={value:.2f}" for name, value in worst.items()))
    sys.exit(1 if max(worst.values()) > GOAL else 0)


@contextmanager
def _workers(folder: Path) -> Iterator[Path]:
    """Run the service; the folder in which each worker notes its DEBUG records."""
    seen = folder / "seen"
    seen.mkdir()
    (folder / "shop.py").write_text(_APP)
    # On a busy machine a worker that starts does not answer uvicorn within its five seconds.
    workers = ("--workers", str(WORKERS), "--timeout-worker-healthcheck", "60")
    serve = ("shop:app", "--host", HOST, "--port", str(free_port()), *workers)
    with (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [str(_BIN / "opentelemetry-instrument"), str(_BIN / "uvicorn"), *serve],
            cwd=folder,
            env=_environ(folder, seen),
            stderr=stderr,
        )
        try:
            until(lambda: len(_notes(seen)) >= WORKERS, "all workers", DEADLINE, pause=0.1)
            yield seen
        finally:
            process.terminate()
            process.wait(60)


def _environ(folder: Path, seen: Path) -> Mapping[str, str]:
    ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
    exporters = {f"OTEL_{each}_EXPORTER": "none" for each in ("TRACES", "METRICS", "LOGS")}
    files = {"OTLOG_LEVELS_FILE": str(folder / "levels.yaml"), "SEEN": str(seen)}
    return {**os.environ, **ours, **exporters, **files, "OTEL_SERVICE_NAME": "shop"}


def _change(file: Path, seen: Path) -> Sample:
    before = {worker: len(times) for worker, times in _notes(seen).items()}
    words = ("levels", "set", "DEBUG", "--file", file, "--for", f"{LENGTH:.0f}s", "--why", "bench")
    subprocess.run([_BIN / "otel-logging", *words], check=True, stdout=subprocess.DEVNULL)
    returned = time.time()
    until(lambda: _idle(seen, before), "the end of DEBUG in every worker", DEADLINE, pause=0.1)
    new = [times[before[worker] :] for worker, times in _notes(seen).items()]
    expiry = max(change.until.timestamp() for change in read(file) if change.until is not None)
    # Either may be negative: a worker is quicker than the command ends.
    return Sample(
        max(times[0] for times in new) - returned, max(times[-1] for times in new) - expiry
    )


def _idle(seen: Path, before: Mapping[str, int]) -> bool:
    """Whether every worker has written, and none for three seconds."""
    new = [times[before[worker] :] for worker, times in _notes(seen).items()]
    return all(new) and time.time() - max(times[-1] for times in new) > 3


def _notes(seen: Path) -> dict[str, list[float]]:
    """By worker: when it wrote its DEBUG records."""
    lines = {path.name: path.read_text().split("\n")[:-1] for path in seen.iterdir()}
    return {worker: list(map(float, of[1:])) for worker, of in lines.items() if of}


if __name__ == "__main__":
    main(sys.argv[1:])
