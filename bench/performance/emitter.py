"""A process that writes records and spans at a steady rate, as `bench capacity` orders.

Started by `opentelemetry-instrument`; an order and an answer is a line of JSON.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
import time
from collections.abc import Iterator

from opentelemetry import trace

from bench.records import Call, Source
from otel_logging import flush

ATTRIBUTES = 8
"""Of each record and span, beside what the library adds."""

_TICK = 0.02
_PATIENCE = 60.0
_log = logging.getLogger("bench")
_tracer = trace.get_tracer("bench")


class Emitter:
    """Writes what is due, every 20 ms."""

    def __init__(self) -> None:
        self._calls: Iterator[Call] = itertools.cycle(Source(0).calls(2_000, ATTRIBUTES))

    def run(self, records: int, spans: int, seconds: float) -> dict[str, float]:
        """Write so many, spread over the time, and deliver them; CPU time of the process."""
        before, started = time.process_time(), time.monotonic()
        written = opened = 0
        while (passed := time.monotonic() - started) < seconds:
            share = min(passed / seconds, 1.0)
            written = self._records(written, int(records * share))
            opened = self._spans(opened, int(spans * share))
            time.sleep(_TICK)
        self._records(written, records)
        self._spans(opened, spans)
        flush(_PATIENCE)
        return {"cpu_seconds": time.process_time() - before}

    def _records(self, done: int, due: int) -> int:
        for call in itertools.islice(self._calls, due - done):
            _log.info("user %s did %s", call.user, call.action, extra=call.attributes)
        return due

    def _spans(self, done: int, due: int) -> int:
        for call in itertools.islice(self._calls, due - done):
            with _tracer.start_as_current_span("work", attributes=call.attributes):
                pass
        return due


def main() -> None:
    """Answer orders until standard input ends."""
    emitter = Emitter()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(emitter.run(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
