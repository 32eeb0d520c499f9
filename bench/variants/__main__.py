"""The process of one variant: takes orders on standard input, answers on standard output.

``python -m bench.variants NAME FOLDER``; an order and an answer is a line of JSON.
"""

import asyncio
import contextvars
import gc
import importlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measure import Spinner, percentile
from bench.records import Call, Source
from bench.variants import Variant

PROBE = 0.001
"""Seconds between two looks at the event loop's lag."""


class Process:
    """Runs the orders on one variant."""

    def __init__(self, variant: Variant) -> None:
        self._variant = variant
        self._spinner: Spinner | None = None
        self._cpu_before = 0

    def log(self, order: dict[str, Any]) -> dict[str, Any]:
        """Make the calls of a case; CPU time of the threads that call, in ns, over all calls."""
        source = Source(order["seed"])
        threads = order["threads"]
        batches = [
            source.calls(order["records"] // threads, order["attributes"], errors=order["errors"])
            for _ in range(threads)
        ]
        gc.collect()
        if order["spinner"]:
            self._spinner = Spinner()
        self._cpu_before = self._cpu()
        if threads == 1:
            return {"caller_ns": self._timed(batches[0])}
        return {"caller_ns": self._in_threads(batches)}

    def finish(self, _: dict[str, Any]) -> dict[str, Any]:
        """Finish a case; CPU time of the whole process since `log` began, in ns."""
        self._variant.finish()
        total = self._cpu() - self._cpu_before
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
        return {"total_ns": total, "written": self._variant.written()}

    def lag(self, order: dict[str, Any]) -> dict[str, Any]:
        """Log at a steady rate in an event loop; the loop's lag in ms."""
        calls = Source(order["seed"]).calls(order["records"], order["attributes"])
        gc.collect()
        lags = asyncio.run(self._log_steadily(calls, order["rate"]))
        return {"lag_ms": percentile(lags, 99) * 1_000}

    def _cpu(self) -> int:
        return time.process_time_ns() - (self._spinner.cpu_ns() if self._spinner else 0)

    def _timed(self, calls: Sequence[Call]) -> int:
        before = time.thread_time_ns()
        self._variant.log(calls)
        return time.thread_time_ns() - before

    def _in_threads(self, batches: Sequence[Sequence[Call]]) -> int:
        spent: list[int] = []
        together = threading.Barrier(len(batches))

        def run(calls: Sequence[Call]) -> None:
            together.wait()
            spent.append(self._timed(calls))

        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(run, batch))
            for batch in batches
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(spent)

    async def _log_steadily(self, calls: Sequence[Call], rate: int) -> list[float]:
        lags: list[float] = []
        probe = asyncio.create_task(_probe(lags))
        loop = asyncio.get_running_loop()
        start, made = loop.time(), 0
        while made < len(calls):
            due = min(int((loop.time() - start) * rate), len(calls))
            self._variant.log(calls[made:due])
            made = due
            await asyncio.sleep(PROBE)
        probe.cancel()
        return lags


async def _probe(lags: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + PROBE
        await asyncio.sleep(PROBE)
        lags.append(loop.time() - due)


def main() -> None:
    """Set the variant up and run orders until standard input ends."""
    name, folder = sys.argv[1:]
    variant: Variant = importlib.import_module(f"bench.variants.{name}").start(Path(folder))
    process = Process(variant)
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(process, order["do"])(order)), flush=True)


main()
