"""Process → Collector → store, as they are shipped, and the CPU time of each under a load."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.performance.network import sockets, traffic
from stack.collector import Collector
from stack.store import Store
from stack.usage import Usage, of_session

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICE = "bench-capacity"
SENT = "sent"
"""Bytes a second from the process to the Collector, beside the cores of the stages."""
_PATIENCE = 120.0


class LostError(RuntimeError):
    """Not all that was written came to the store."""


@dataclass(frozen=True)
class Rates:
    """A load.

    Attributes:
        records: Log records a second.
        spans: Spans a second.
    """

    records: int
    spans: int


class Pipeline:
    """What runs; `put_on` loads it."""

    def __init__(self, emitter: subprocess.Popen[str], collector: Collector, store: Store) -> None:
        self._emitter = emitter
        self._collector = collector
        self._store = store
        self._answer()

    def put_on(self, rates: Rates, seconds: int) -> dict[str, float]:
        """Cores that each stage uses under a load, and the bytes a second that the process sends.

        All CPU time counts until the store has it all, for the time in which it was written.

        Raises:
            LostError: Not all came to the store.
        """
        before, kept, looked = self._usage(), self._kept(), sockets()
        order = {
            "records": rates.records * seconds,
            "spans": rates.spans * seconds,
            "seconds": float(seconds),
        }
        spent = self._ask(order)["cpu_seconds"]
        wanted = kept[0] + rates.records * seconds, kept[1] + rates.spans * seconds
        self._wait_for(wanted)
        after = self._usage()
        moved = traffic(self._emitter.pid, looked, sockets(), self._collector.http_port)
        return {
            "process": spent / seconds,
            **{
                name: (after[name].cpu_seconds - before[name].cpu_seconds) / seconds
                for name in after
            },
            SENT: moved.exported / seconds,
        }

    def _usage(self) -> dict[str, Usage]:
        return {"collector": of_session(self._collector.pid), "store": of_session(self._store.pid)}

    def _kept(self) -> tuple[int, int]:
        found = httpx.get(f"{self._store.http}/api/services", timeout=60).json()["services"]
        return next(((s["logs"], s["spans"]) for s in found if s["name"] == SERVICE), (0, 0))

    def _wait_for(self, wanted: tuple[int, int]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while (kept := self._kept()) < wanted or kept[1] < wanted[1]:
            if time.monotonic() > deadline:
                raise LostError(f"the store has {kept} records and spans of {wanted}")
            time.sleep(0.5)

    def _ask(self, order: dict[str, float]) -> dict[str, float]:
        assert self._emitter.stdin is not None
        self._emitter.stdin.write(json.dumps(order) + "\n")
        self._emitter.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, float]:
        assert self._emitter.stdout is not None
        line = self._emitter.stdout.readline()
        if not line:
            raise RuntimeError("the process that writes has ended")
        found: dict[str, float] = json.loads(line)
        return found


@contextmanager
def pipeline(folder: Path) -> Iterator[Pipeline]:
    """Run store, Collector and a process that writes."""
    with Store(folder / "store") as store:
        endpoint = {"OTLOG_STORE_ENDPOINT": store.http}
        with Collector(folder / "collector", ("store",), endpoint) as collector:
            emitter = _emitter(collector.http)
            try:
                yield Pipeline(emitter, collector, store)
            finally:
                assert emitter.stdin is not None
                emitter.stdin.close()
                emitter.wait(60)


def _emitter(endpoint: str) -> subprocess.Popen[str]:
    launcher = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    environ = {
        "OTEL_SERVICE_NAME": SERVICE,
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_PYTHON_DISTRO": "otel_logging",
        "OTEL_PYTHON_CONFIGURATOR": "otel_logging",
        "OTEL_BSP_MAX_QUEUE_SIZE": "20000",
        "OTLOG_CONSOLE": "off",
    }
    return subprocess.Popen(
        [launcher, sys.executable, "-m", "bench.performance.emitter"],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
