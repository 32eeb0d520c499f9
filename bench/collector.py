"""What does the Collector's second redaction cost, against letting everything pass?

The real Collector on one core, its sender on another. CPU time of the Collector's process for
each record of ten attributes and a line of text of about 110 characters; pass-through and the
compiled default policy take turns. It ends at a `debug` exporter that prints nothing of a record.
"""

import argparse
import http.client
import os
import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench import telemetry
from bench.measure import Spread, save, table
from stack.collector import UNREDACTED, Collector
from stack.ports import HOST
from stack.usage import of_process

BATCH, BATCHES = 512, 12
_CORE = max(os.sched_getaffinity(0))
POLICY, NOTHING = "compiled policy", "pass-through"

Make = Callable[[random.Random, int], ExportLogsServiceRequest | ExportTraceServiceRequest]
KINDS: dict[str, tuple[str, Make]] = {
    "logs": ("/v1/logs", telemetry.clean_logs),
    "logs, 5 % with a secret": ("/v1/logs", telemetry.leaking_logs),
    "spans": ("/v1/traces", telemetry.spans),
}
"""What is sent, by what it is called."""

Times = dict[str, dict[str, list[float]]]
"""µs of CPU time for each record, by kind and by what the Collector does with it."""


def main(arguments: Sequence[str]) -> None:
    """Measure, print a table and the ratios, and save all as data."""
    parser = argparse.ArgumentParser(prog="bench collector")
    parser.add_argument("--repetitions", type=int, default=15, help="of each case (default: 15)")
    parser.add_argument("--redaction", type=Path, help="in place of redaction.yaml")
    options = parser.parse_args(arguments)
    times = measure(options.repetitions, options.redaction)
    spreads = {
        kind: {name: Spread(values) for name, values in by_name.items()}
        for kind, by_name in times.items()
    }
    rows = [
        (kind, by_name[NOTHING], by_name[POLICY], f"{_ratio(by_name):.2f}", _per_core(by_name))
        for kind, by_name in spreads.items()
    ]
    print("\n" + table(("", NOTHING, POLICY, "ratio", "records a second"), rows))
    ratios = {kind: round(_ratio(by_name), 3) for kind, by_name in spreads.items()}
    cases = {
        kind: {name: spread.as_dict() for name, spread in by_name.items()}
        for kind, by_name in spreads.items()
    }
    per_core = _per_core(spreads["logs, 5 % with a secret"])
    path = save("collector", (), {"cases": cases, "ratios": ratios, "records_per_core": per_core})
    print("\nµs of CPU time for each record, median ± half the distance of the quartiles over")
    print(f"{options.repetitions} repetitions of {BATCH * BATCHES} records. All as data: {path}")
    print(f"records_per_core={per_core} redaction_ratio={ratios['logs, 5 % with a secret']:.2f}")


def measure(repetitions: int, redaction: Path | None) -> Times:
    """Send in turns; the first turn warms up and is not counted."""
    times: Times = {kind: {NOTHING: [], POLICY: []} for kind in KINDS}
    order = random.Random(0)  # noqa: S311 - any order will do
    os.sched_setaffinity(0, (os.sched_getaffinity(0) - {_CORE}) or {_CORE})
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        collectors = {
            name: stack.enter_context(_Pinned(Path(folder, name), file))
            for name, file in ((NOTHING, UNREDACTED), (POLICY, redaction))
        }
        for turn in range(repetitions + 1):
            print(f"\rturn {turn} of {repetitions}", end="", flush=True)
            for kind, (path, make) in KINDS.items():
                bodies = [make(order, BATCH).SerializeToString() for _ in range(BATCHES)]
                for name in order.sample(list(collectors), len(collectors)):
                    spent = collectors[name].spend(path, bodies)
                    if turn:
                        times[kind][name].append(spent / (BATCH * BATCHES) * 1e6)
    return times


class _Pinned(Collector):
    """A Collector that may use one core only."""

    def __init__(self, folder: Path, redaction: Path | None) -> None:
        quiet = {"OTLOG_COLLECTOR_DEBUG": "basic", "GOMAXPROCS": "1"}
        super().__init__(folder, overlays=("debug",), variables=quiet)
        if redaction is not None:
            self.files[1] = redaction

    def command(self) -> Sequence[str]:
        return ("taskset", "--cpu-list", str(_CORE), *super().command())

    def spend(self, path: str, bodies: Sequence[bytes]) -> float:
        """Send requests one after the other: seconds of CPU time that they took."""
        before = of_process(self.pid).cpu_seconds
        connection = http.client.HTTPConnection(HOST, self.http_port)
        for body in bodies:
            connection.request("POST", path, body, {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the Collector answered {answer.status}")
        connection.close()
        return of_process(self.pid).cpu_seconds - before


def _ratio(by_name: dict[str, Spread]) -> float:
    return by_name[POLICY].median / by_name[NOTHING].median


def _per_core(by_name: dict[str, Spread]) -> int:
    return round(1e6 / by_name[POLICY].median)
