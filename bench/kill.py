"""Is anything lost when a process is told to end under load, and is the end in time?

Rounds of SIGTERM against a receiver that is there: every record and span that was written before
the signal has to arrive, counted by its own number. Then one round against a receiver that is
away: memory and the time to end have to stay within their bounds.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.measure import save
from bench.receiver import Receiver
from bench.soak import resident

ROOT = Path(__file__).parent.parent
MOST_BYTES = 512 * 1024 * 1024
"""Memory that a process may need while its receiver is away."""

MOST_SECONDS = 10.0
"""Time to end: `OTLOG_SHUTDOWN_TIMEOUT`, 5 s by default, and what a busy machine adds."""

PROGRAM = """
import logging, os, signal, sys, threading, time
from opentelemetry import trace
log, tracer = logging.getLogger("bench"), trace.get_tracer("bench")
until, written = int(sys.argv[1]), [0] * 4
def write(index):
    while True:
        number = written[index]
        with tracer.start_as_current_span(f"t{index} {number}"):
            log.info("t%d %d", index, number)
        written[index] = number + 1
        time.sleep(0.001)
for index in range(4):
    threading.Thread(target=write, args=(index,), daemon=True).start()
while until and min(written) < until:
    time.sleep(0.01)
os.write(1, (" ".join(map(str, written)) + "\\n").encode())
if until:
    os.kill(os.getpid(), signal.SIGTERM)
time.sleep(600)
"""


class Names(Receiver):
    """Keeps the names of records and spans.

    Attributes:
        logs: Bodies received.
        spans: Names received.
    """

    def __init__(self) -> None:
        super().__init__()
        self.logs: set[str] = set()
        self.spans: set[str] = set()

    def take(self, path: str, body: bytes) -> None:
        """Keep names."""
        if path == "/v1/logs":
            logs = ExportLogsServiceRequest.FromString(body)
            self.logs.update(
                record.body.string_value
                for resource in logs.resource_logs
                for scope in resource.scope_logs
                for record in scope.log_records
            )
        elif path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            self.spans.update(
                span.name
                for resource in traces.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            )


def main(arguments: Sequence[str]) -> None:
    """Run, print a line for each round, save all; exit with 1 where something was lost or late."""
    parser = argparse.ArgumentParser(prog="bench kill", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="of SIGTERM (default: 20)")
    parser.add_argument("--away", type=float, default=60.0, help="seconds (default: 60)")
    options = parser.parse_args(arguments)
    rounds = []
    for number in range(options.rounds):
        rounds.append(_round(300 + 37 * number))
        print(f"round {number}: {rounds[-1]}", flush=True)
    away = _away(options.away)
    lost_logs, lost_spans = (sum(each[name] for each in rounds) for name in ("logs", "spans"))
    written = sum(each["written"] for each in rounds)
    path = save("kill", ("opentelemetry-sdk",), {"rounds": rounds, "away": away})
    print(f"all as data: {path}")
    print(
        f"rounds={len(rounds)} written={written} lost_logs={lost_logs} lost_spans={lost_spans} "
        f"away_bytes={away['bytes']:.0f} away_exit_seconds={away['seconds']:.1f}"
    )
    late = away["seconds"] > MOST_SECONDS or away["bytes"] > MOST_BYTES
    if lost_logs or lost_spans or late:
        sys.exit(1)


def _round(until: int) -> dict[str, int]:
    with Names() as receiver:
        # What a full queue of spans drops is another question.
        process = _start(receiver.endpoint, until, OTEL_BSP_MAX_QUEUE_SIZE="100000")
        output = process.communicate()[0]
        if process.returncode != -signal.SIGTERM:
            raise RuntimeError(f"ended with status {process.returncode}")
        counts = [int(count) for count in output.split()]
        expected = {f"t{index} {n}" for index, count in enumerate(counts) for n in range(count)}
        return {
            "written": len(expected),
            "logs": len(expected - receiver.logs),
            "spans": len(expected - receiver.spans),
        }


def _away(seconds: float) -> dict[str, float]:
    """Log for so many seconds while nobody listens; largest resident bytes, and time to end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    process = _start(endpoint, 0)
    largest = max(_sizes(process, seconds))
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(120)
    return {"bytes": float(largest), "seconds": time.monotonic() - began}


def _sizes(process: subprocess.Popen[str], seconds: float) -> Iterable[int]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield resident(process.pid)
        time.sleep(0.2)


def _start(endpoint: str, until: int, **more: str) -> subprocess.Popen[str]:
    launcher = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    environ = {
        "PYTHONPATH": str(ROOT),
        "OTEL_SERVICE_NAME": "bench",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTLOG_CONSOLE": "off",
    }
    with tempfile.TemporaryFile() as errors:
        return subprocess.Popen(
            [launcher, sys.executable, "-c", PROGRAM, str(until)],
            cwd=ROOT,
            env={**os.environ, **environ, **more},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
