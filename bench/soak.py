"""Does memory stay flat, and does every record arrive, over millions of records?

One process under `opentelemetry-instrument`, at the library's defaults but for the console, logs
records that a receiver on loopback counts; its resident memory is read while it does. It writes
as fast as all is delivered: it waits for that every few thousand records, because what a full
queue drops on purpose is another question.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.measure import save, table
from bench.receiver import Receiver
from stack.usage import of_process

ROOT = Path(__file__).parent.parent
WARM_UP = 0.2
"""Share of the records after which memory has to be flat."""

GROWTH = 1.1
"""Most that memory may grow after the warm-up, as a ratio."""

SAMPLES = 200
PROGRAM = """
import logging, sys
from bench.records import Source
from otel_logging.launcher.setup import current
log, runtime = logging.getLogger("bench"), current()
left = int(sys.argv[1])
calls = Source(1).calls(8_192, 4)
while left > 0:
    for call in calls[:left]:
        log.info("user %s did %s", call.user, call.action, extra=call.attributes)
    left -= len(calls)
    assert runtime.handler.deliver(60)
print("DROPPED", sum(runtime.counts.drops().values()), flush=True)
"""


def main(arguments: Sequence[str]) -> None:
    """Run, print what was sampled, save it; exit with 1 where memory grew or records are gone."""
    parser = argparse.ArgumentParser(prog="bench soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000, help="default: 1000000")
    records = parser.parse_args(arguments).records
    with Receiver() as receiver:
        began = time.monotonic()
        process = _start(receiver.endpoint, records)
        samples = _watch(process, receiver, records)
        output = process.communicate()[0].strip()
        arrived, seconds = receiver.count, time.monotonic() - began
    warm = [size for count, size in samples if count >= records * WARM_UP]
    growth = max(warm[len(warm) // 2 :]) / max(warm[: len(warm) // 2])
    shown = samples[:: max(len(samples) // 10, 1)]
    print(table(["records", "MB"], [[f"{count:,}", f"{size / 1e6:.1f}"] for count, size in shown]))
    result = {
        "records": records,
        "arrived": arrived,
        "output": output,
        "status": process.returncode,
        "seconds": round(seconds, 1),
        "growth": round(growth, 3),
        "memory_bytes": [list(sample) for sample in samples],
    }
    path = save("soak", ("opentelemetry-sdk", "google-re2"), result)
    print(f"{records / seconds:,.0f} records a second; all as data: {path}")
    print(f"written={records} arrived={arrived} memory_growth={growth:.3f} {output}")
    if arrived != records or growth > GROWTH or process.returncode:
        sys.exit(1)


def _start(endpoint: str, records: int) -> subprocess.Popen[str]:
    launcher = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    return subprocess.Popen(
        [launcher, sys.executable, "-c", PROGRAM, str(records)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OTEL_SERVICE_NAME": "bench",
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTLOG_CONSOLE": "off",
        },
        stdout=subprocess.PIPE,
        text=True,
    )


def _watch(
    process: subprocess.Popen[str], receiver: Receiver, records: int
) -> list[tuple[int, int]]:
    """Records that had arrived and resident bytes then, until the process ends."""
    samples: list[tuple[int, int]] = []
    while process.poll() is None:
        size = resident(process.pid)
        due = records * len(samples) // SAMPLES
        if receiver.count > 0 and receiver.count >= due and size:
            samples.append((receiver.count, size))
        time.sleep(0.02)
    return samples


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 once it is gone."""
    try:
        return of_process(pid).memory_bytes
    except (OSError, IndexError):
        return 0
