"""Does everything arrive after an outage, with the spool on, in bounded memory and time?

One process logs and traces while its receiver is away, and is told to end before it is back. A
second one goes on in its place, and sees the receiver come back. Every record and span of both has
to arrive, over HTTP and over gRPC; a repeat has to have the ID of the first.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.grpc_receiver import GrpcReceiver
from bench.kill import MOST_BYTES, MOST_SECONDS
from bench.measure import save
from bench.receiver import Receiver
from bench.soak import resident

ROOT = Path(__file__).parent.parent
PATIENCE = 300.0
"""Seconds that all may take to arrive once the receiver is back."""

PROGRAM = """
import logging, os, signal, sys, threading, time
from opentelemetry import trace
log, tracer = logging.getLogger("bench"), trace.get_tracer("bench")
name, until, written = sys.argv[1], time.monotonic() + float(sys.argv[2]), [0] * 4
def write(index):
    while time.monotonic() < until:
        with tracer.start_as_current_span(f"{name} t{index} {written[index]}"):
            log.info("%s t%d %d", name, index, written[index])
        written[index] += 1
        time.sleep(0.002)
threads = [threading.Thread(target=write, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*written, flush=True)
time.sleep(600)
"""


class Arrivals:
    """What arrived, by name.

    Attributes:
        logs: For each body, how often each `log.record.uid` came.
        spans: For each span name, how often each span ID came.
    """

    def __init__(self) -> None:
        self.logs: dict[str, Counter[str]] = {}
        self.spans: dict[str, Counter[bytes]] = {}

    def take(self, path: str, body: bytes) -> None:
        """Note what is in a request."""
        if path == "/v1/logs":
            logs = ExportLogsServiceRequest.FromString(body)
            for record in _leaves(logs.resource_logs, "scope_logs", "log_records"):
                uid = next(each for each in record.attributes if each.key == "log.record.uid")
                known = self.logs.setdefault(record.body.string_value, Counter())
                known[uid.value.string_value] += 1
        elif path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(body)
            for span in _leaves(traces.resource_spans, "scope_spans", "spans"):
                self.spans.setdefault(span.name, Counter())[span.span_id] += 1

    def missing(self, expected: set[str]) -> tuple[int, int]:
        """How many records and spans of these names have not arrived."""
        return len(expected - self.logs.keys()), len(expected - self.spans.keys())


def main(arguments: Sequence[str]) -> None:
    """Run, print a line for each protocol, save all; exit with 1 where something is not right."""
    parser = argparse.ArgumentParser(prog="bench spool", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--away", type=float, default=60.0, help="seconds (default: 60)")
    away = parser.parse_args(arguments).away
    results = {}
    for protocol in ("http/protobuf", "grpc"):
        results[protocol] = result = _outage(protocol, away)
        print(protocol, " ".join(f"{name}={value:g}" for name, value in result.items()), flush=True)
    path = save("spool", ("opentelemetry-sdk", "grpcio"), {"away": away, "protocols": results})
    print(f"all as data: {path}")
    if any(map(_is_wrong, results.values())):
        sys.exit(1)


def _is_wrong(result: dict[str, float]) -> bool:
    lost = result["lost_logs"] or result["lost_spans"] or result["unmarked_repeats"]
    return bool(lost or result["bytes"] > MOST_BYTES or result["exit_seconds"] > MOST_SECONDS)


def _outage(protocol: str, away: float) -> dict[str, float]:
    arrivals, port = Arrivals(), _free_port()
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
    }
    with tempfile.TemporaryDirectory() as folder:
        environ["OTLOG_SPOOL"] = f"{folder}/spool"
        first = _start("first", away, environ)
        largest, expected = _watch(first, "first")
        began = time.monotonic()
        first.send_signal(signal.SIGTERM)
        first.wait(120)
        seconds = time.monotonic() - began
        second = _start("second", 10, environ)
        time.sleep(5)
        with _receiver(protocol, port, arrivals):
            size, more = _watch(second, "second")
            expected |= more
            _wait_for_all(arrivals, expected)
            second.terminate()
            second.wait(120)
    lost_logs, lost_spans = arrivals.missing(expected)
    return {
        "written": len(expected),
        "lost_logs": lost_logs,
        "lost_spans": lost_spans,
        "repeats": sum(ids.total() - len(ids) for ids in arrivals.logs.values()),
        "unmarked_repeats": sum(len(ids) - 1 for ids in arrivals.logs.values()),
        "bytes": max(largest, size),
        "exit_seconds": round(seconds, 1),
    }


def _watch(process: subprocess.Popen[str], name: str) -> tuple[int, set[str]]:
    """Wait until all is written; the largest resident bytes, and the names of all."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    largest, line = 0, ""
    while not line and process.poll() is None:
        largest = max(largest, resident(process.pid))
        line = process.stdout.readline()
        time.sleep(0.2)
    counts = [int(count) for count in line.split()]
    return largest, {f"{name} t{i} {n}" for i, count in enumerate(counts) for n in range(count)}


def _wait_for_all(arrivals: Arrivals, expected: set[str]) -> None:
    end = time.monotonic() + PATIENCE
    while any(arrivals.missing(expected)) and time.monotonic() < end:
        time.sleep(0.2)


def _receiver(protocol: str, port: int, arrivals: Arrivals) -> AbstractContextManager[Any]:
    if protocol == "grpc":
        return GrpcReceiver(port, arrivals.take)

    class HttpReceiver(Receiver):
        def take(self, path: str, body: bytes) -> None:
            arrivals.take(path, body)

    return HttpReceiver(port)


def _start(name: str, seconds: float, environ: dict[str, str]) -> subprocess.Popen[str]:
    launcher = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    defaults = {"OTEL_SERVICE_NAME": "bench", "OTLOG_CONSOLE": "off"}
    return subprocess.Popen(
        [launcher, sys.executable, "-c", PROGRAM, name, str(seconds)],
        cwd=ROOT,
        env={**os.environ, **defaults, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _leaves(resources: Any, scopes: str, leaves: str) -> list[Any]:
    return [
        leaf
        for resource in resources
        for scope in getattr(resource, scopes)
        for leaf in getattr(scope, leaves)
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
