"""From a load to cores, processes, bytes and their price."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from otel_logging.capacity import vendors
from otel_logging.capacity.measured import STAGES, Measured, measured

SECONDS_PER_DAY: Final = 86_400
SPANS_PER_RECORD: Final = 0.4
"""What the example services write: four spans beside ten records."""

STORAGE_PRICE: Final = 0.023
"""USD for a gigabyte a month: Amazon's list price of S3 Standard, its first 50 TB, us-east-1."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What comes in, and what is wanted of it.

    Attributes:
        records: Log records a second.
        spans: Spans a second.
        record_bytes: A record in OTLP, uncompressed.
        span_bytes: A span in OTLP, uncompressed.
        log_days: How long records are kept.
        trace_days: How long traces are kept.
        copies: How often what is kept is stored.
        price: USD for a gigabyte stored for a month.
        compression: How many times smaller the stores make it.
        collector_cores: Cores of one Collector.
        utilisation: Share of a Collector's cores that is planned for.
    """

    records: float
    spans: float
    record_bytes: float
    span_bytes: float
    log_days: float = 31
    trace_days: float = 14
    copies: int = 1
    price: float = STORAGE_PRICE
    compression: float
    collector_cores: float = 4
    utilisation: float = 0.6


class Part(msgspec.Struct, frozen=True):
    """One stage under a load.

    Attributes:
        stage: Its name.
        record_us: CPU time for each record, in µs.
        span_us: CPU time for each span, in µs.
        cores: Cores in use.
    """

    stage: str
    record_us: float
    span_us: float
    cores: float


class Storage(msgspec.Struct, frozen=True):
    """What one signal takes.

    Attributes:
        bytes_a_second: Uncompressed, as it comes in.
        gigabytes: Compressed, once the first is old enough to be deleted.
        usd_a_month: Its price then.
    """

    bytes_a_second: float
    gigabytes: float
    usd_a_month: float


class Capacity(msgspec.Struct, frozen=True):
    """The answer.

    Attributes:
        load: What was asked.
        stages: Cores in use; from measured costs.
        collectors: How many Collectors; from measured costs.
        loki: Loki's processes; from documented sizes.
        tempo: Tempo's processes; from documented sizes.
        logs: Storage of records; calculated.
        traces: Storage of spans; calculated.
    """

    load: Load
    stages: list[Part]
    collectors: int
    loki: list[vendors.Component]
    tempo: list[vendors.Component]
    logs: Storage
    traces: Storage

    def cores(self, stage: str) -> float:
        """Cores in use at a stage."""
        return next(part.cores for part in self.stages if part.stage == stage)


def capacity(load: Load, costs: Measured | None = None) -> Capacity:
    """Return what a load needs; by default at the costs this version was measured to have."""
    costs = costs or measured()
    stages = [_part(name, load, costs) for name in STAGES]
    of_collectors = next(part.cores for part in stages if part.stage == "collector")
    room = load.collector_cores * load.utilisation
    logs = _storage(load, load.records * load.record_bytes, load.log_days)
    traces = _storage(load, load.spans * load.span_bytes, load.trace_days)
    return Capacity(
        load,
        stages,
        max(math.ceil(of_collectors / room), 1),
        vendors.loki(logs.bytes_a_second * SECONDS_PER_DAY),
        vendors.tempo(traces.bytes_a_second),
        logs,
        traces,
    )


def _part(name: str, load: Load, costs: Measured) -> Part:
    stage = costs.stages[name]
    return Part(
        name,
        stage.record.each_us.median,
        stage.span.each_us.median,
        stage.cores(load.records, load.spans),
    )


def _storage(load: Load, bytes_a_second: float, days: float) -> Storage:
    kept = bytes_a_second * SECONDS_PER_DAY * days * load.copies / load.compression
    gigabytes = kept / vendors.GIGABYTE
    return Storage(bytes_a_second, gigabytes, gigabytes * load.price)
