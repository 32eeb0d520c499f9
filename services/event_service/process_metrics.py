"""CPU time and memory of this process, by OpenTelemetry's names.

Source: semantic conventions, "Process metrics".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEMORY = Path("/proc/self/statm")


def observe_process() -> None:
    """Measure the process from now on."""
    meter = metrics.get_meter(__name__)
    meter.create_observable_counter("process.cpu.time", [_cpu_time], "s")
    meter.create_observable_up_down_counter("process.memory.usage", [_memory], "By")


def _cpu_time(_: CallbackOptions) -> Iterable[Observation]:
    times = os.times()
    yield Observation(times.user, {"cpu.mode": "user"})
    yield Observation(times.system, {"cpu.mode": "system"})


def _memory(_: CallbackOptions) -> Iterable[Observation]:
    if _MEMORY.exists():
        resident = int(_MEMORY.read_text().split()[1])
        yield Observation(resident * _PAGE)
