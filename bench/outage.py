"""Is anything lost when the store is away under load, and the Collector is killed meanwhile?

The store is killed; load goes on for the length of the outage, which may be longer than any
default limit of OpenTelemetry's (ten seconds in the SDKs, five minutes in the Collector). The
Collector is killed (SIGKILL) in the middle of it and started again on the same queue; the store
comes back. Every log and span that the Collector had accepted has to be in the store, by distinct
ID. A service with this library sends beside: what it wrote and the store has not, it has counted.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bench.measure import save
from bench.waiting import until
from stack.collector import Collector
from stack.store import Store

ROOT = Path(__file__).parent.parent
BATCH = 20
_LOOK = 0.2
"""Records, and spans, of one request."""
LIBRARY, PLAIN = "library", "plain"

PROGRAM = """
import logging, sys, threading
from opentelemetry import trace
log, tracer = logging.getLogger("bench"), trace.get_tracer("bench")
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
written = 0
while not ended.wait(float(sys.argv[1])):
    with tracer.start_as_current_span(f"span {written}"):
        log.info("log %d", written)
    written += 1
print(written, flush=True)
"""


@dataclass(frozen=True)
class Plan:
    """How long and how much.

    Attributes:
        outage: Seconds that the store is away.
        senders: Threads that send requests of 20 records and of 20 spans.
        pause: Seconds between a sender's requests.
        every: Seconds between two records of the service with this library.
        held: Records that the service may hold; what is more is dropped and counted.
        patience: Seconds for the backlog to arrive.
    """

    outage: float
    senders: int = 2
    pause: float = 0.1
    every: float = 0.02
    held: int = 20_000
    patience: float = 900.0


@dataclass
class Outcome:
    """What was sent, and what became of it.

    Attributes:
        accepted_logs: Records of plain senders that the Collector acknowledged.
        accepted_spans: Spans likewise.
        refused: Requests that it did not, each counted by its sender.
        lost_logs: Accepted records that the store has not.
        lost_spans: Accepted spans that the store has not.
        written: Records, and as many spans, of the service with this library.
        missing: Those of its records and spans that the store has not.
        dropped: What it has counted as dropped.
    """

    accepted_logs: int = 0
    accepted_spans: int = 0
    refused: int = 0
    lost_logs: int = 0
    lost_spans: int = 0
    written: int = 0
    missing: int = 0
    dropped: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing that was accepted is lost, and nothing is missing uncounted."""
        lost = self.lost_logs + self.lost_spans
        return lost == 0 and self.missing <= self.dropped and self.accepted_logs > 0


@dataclass
class Sender:
    """Sends records and spans with IDs of their own until it is told to end."""

    endpoint: str
    pause: float
    logs: set[str] = field(default_factory=set)
    spans: set[str] = field(default_factory=set)
    refused: int = 0

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Send no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._ended.wait(self.pause):
                ids = [uuid.uuid4().hex for _ in range(BATCH)]
                for path, request, taken in (
                    ("logs", _logs(ids), self.logs),
                    ("traces", _spans(ids), self.spans),
                ):
                    if self._accepted(client, path, request):
                        taken.update(ids)
                    else:
                        self.refused += 1

    def _accepted(self, client: httpx.Client, path: str, request: bytes) -> bool:
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            url = f"{self.endpoint}/v1/{path}"
            return client.post(url, content=request, headers=headers).status_code == 200
        except httpx.HTTPError:
            return False


def drill(folder: Path, plan: Plan, say: Callable[[str], None] = lambda _text: None) -> Outcome:
    """Play the outage below a folder, and tell what became of everything.

    Raises:
        StartError: A part does not start.
        TimeoutError: The backlog did not arrive.
    """
    store = Store(folder / "store")
    collector = Collector(folder / "collector", variables={"OTLOG_STORE_ENDPOINT": store.http})
    with store, collector, _service(collector.http, plan) as service:
        senders = [Sender(collector.http, plan.pause) for _ in range(plan.senders)]
        until(
            lambda: _count(store, LIBRARY) > 0, "the service's first record", plan.patience, _LOOK
        )
        until(lambda: _count(store, PLAIN) > 0, "a sender's first record", plan.patience, _LOOK)
        _outage(store, collector, plan, say)
        for sender in senders:
            sender.end()
        say("the store comes back")
        store.start()
        outcome = _accepted(senders)
        outcome.written = int(service.communicate()[0].split()[-1])
        accepted = outcome.accepted_logs
        until(
            lambda: _count(store, PLAIN) >= accepted, "the accepted records", plan.patience, _LOOK
        )
        until(lambda: _settled(store, collector), "the end of the backlog", plan.patience, _LOOK)
        outcome.dropped = _dropped(store)
    _compare(outcome, senders, store.data_folder)
    return outcome


def _outage(store: Store, collector: Collector, plan: Plan, say: Callable[[str], None]) -> None:
    say(f"the store goes away for {plan.outage:g} s")
    store.kill()
    time.sleep(plan.outage / 2)
    say("the Collector is killed")
    collector.kill()
    time.sleep(min(plan.outage / 10, 10))
    collector.start()
    time.sleep(plan.outage / 2)


def main(arguments: Sequence[str]) -> None:
    """Play the drill, print what came of it, and exit with 1 where something was lost."""
    parser = argparse.ArgumentParser(
        prog="bench outage", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=600.0, help="of outage (default: 600)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(options.seconds, pause=0.5, every=0.05)
        outcome = drill(Path(folder), plan, lambda text: print(text, flush=True))
    result = {"outage_seconds": options.seconds, **vars(outcome)}
    path = save("outage", ("opentelemetry-sdk",), {"outage": result})
    print(f"all as data: {path}")
    print(" ".join(f"{name}={value}" for name, value in result.items()))
    if not outcome.sound:
        sys.exit(1)


def _service(endpoint: str, plan: Plan) -> subprocess.Popen[str]:
    launcher = Path(sys.executable).with_name("opentelemetry-instrument")
    ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
    environ = {
        **ours,
        "OTEL_SERVICE_NAME": LIBRARY,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTLOG_CONSOLE": "off",
        "OTLOG_QUEUE_SIZE": str(plan.held),
        "OTLOG_SHUTDOWN_TIMEOUT": "60",
    }
    return subprocess.Popen(
        [str(launcher), sys.executable, "-c", PROGRAM, str(plan.every)],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _accepted(senders: Sequence[Sender]) -> Outcome:
    return Outcome(
        accepted_logs=sum(len(one.logs) for one in senders),
        accepted_spans=sum(len(one.spans) for one in senders),
        refused=sum(one.refused for one in senders),
    )


def _compare(outcome: Outcome, senders: Sequence[Sender], folder: Path) -> None:
    """Count, in the files of a store that has ended, what is not there."""
    uids, bodies = _column(folder, "uid", "logs"), _column(folder, "body", "logs")
    names = _column(folder, "name", "spans")
    outcome.lost_logs = sum(len(one.logs - uids) for one in senders)
    outcome.lost_spans = sum(len(one.spans - names) for one in senders)
    numbers = range(outcome.written)
    outcome.missing = len({f"log {one}" for one in numbers} - bodies)
    outcome.missing += len({f"span {one}" for one in numbers} - names)


def _column(folder: Path, column: str, table: str) -> set[str]:
    found: set[str] = set()
    for path in folder.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as database:
            rows = database.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608
            found.update(value for (value,) in rows)
    return found


def _count(store: Store, *names: str) -> int:
    services = httpx.get(f"{store.http}/api/services", timeout=60).json()["services"]
    return sum(one["logs"] for one in services if not names or one["name"] in names)


def _settled(store: Store, collector: Collector) -> bool:
    """Tell whether the Collector's queues are empty, and stay so while nothing new arrives."""
    before = _count(store)
    time.sleep(1)
    url = f"http://127.0.0.1:{collector.self_metrics_port}/metrics"
    lines = httpx.get(url, timeout=30).text.splitlines()
    sizes = [line for line in lines if line.startswith("otelcol_exporter_queue_size{")]
    return bool(sizes) and all(line.endswith(" 0") for line in sizes) and _count(store) == before


def _dropped(store: Store) -> int:
    """Return what the service counted, by the last value of each of its series."""
    total = 0.0
    for name in ("otlog.log.dropped", "otlog.span.dropped"):
        asked = {"name": name, "service": LIBRARY, "limit": "10000", "order": "asc"}
        points = httpx.get(f"{store.http}/api/metrics", params=asked, timeout=60).json()["points"]
        last = {json.dumps(one["attributes"], sort_keys=True): one["value"] for one in points}
        total += sum(last.values())
    return int(total)


def _resource() -> Resource:
    return Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value=PLAIN))])


def _logs(ids: Sequence[str]) -> bytes:
    request = ExportLogsServiceRequest()
    records = (
        LogRecord(
            time_unix_nano=time.time_ns(),
            severity_number=9,  # type: ignore[arg-type]
            body=AnyValue(string_value="order placed"),
            attributes=[KeyValue(key="log.record.uid", value=AnyValue(string_value=one))],
        )
        for one in ids
    )
    request.resource_logs.add(resource=_resource()).scope_logs.add(log_records=records)
    return request.SerializeToString()


def _spans(ids: Sequence[str]) -> bytes:
    request = ExportTraceServiceRequest()
    spans: Iterator[Span] = (
        Span(
            trace_id=bytes.fromhex(one),
            span_id=bytes.fromhex(one[:16]),
            name=one,
            start_time_unix_nano=now,
            end_time_unix_nano=now + 1_000_000,
        )
        for one, now in zip(ids, itertools.repeat(time.time_ns()), strict=False)
    )
    request.resource_spans.add(resource=_resource()).scope_spans.add(spans=spans)
    return request.SerializeToString()
