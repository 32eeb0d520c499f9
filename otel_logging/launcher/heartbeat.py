"""A sign of life: each export of metrics carries the process's clock."""

from __future__ import annotations

import time

from opentelemetry.metrics import Meter, Observation

from otel_logging import semconv


def beat(meter: Meter) -> None:
    """Report the process's clock, in seconds since 1970, with every export of metrics.

    A value that no longer changes tells of a process that ended; one that is far from the
    reader's own time tells of a clock that is wrong.
    """
    meter.create_observable_gauge(
        semconv.METRIC_HEARTBEAT,
        [lambda _: [Observation(time.time())]],
        unit="s",
        description="The process's clock when it was measured, in seconds since 1970",
    )
