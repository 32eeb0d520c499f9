"""What a record and a span cost at each stage, as it was measured: `measured.json`."""

from __future__ import annotations

from importlib.resources import files

import msgspec

STAGES = ("process", "collector", "store")
"""The services' processes together, the Collector with redaction, the embedded store."""

SOURCE = "make bench-capacity ARGS=--calibrate"
"""The command that measures all of it."""


class Figure(msgspec.Struct, frozen=True):
    """A median with the quartiles around it, over so many rounds."""

    median: float
    low: float
    high: float
    n: int


class Cost(msgspec.Struct, frozen=True):
    """What one signal costs a stage.

    Attributes:
        each_us: CPU time for each record or span, in µs.
        flowing: Cores that are in use as soon as any flow, however few: requests are made by
            time as well as by number.
    """

    each_us: Figure
    flowing: Figure

    def cores(self, rate: float) -> float:
        """Cores that so many a second use."""
        if rate <= 0:
            return 0.0
        return max(self.flowing.median, 0.0) + rate * self.each_us.median / 1e6


class Stage(msgspec.Struct, frozen=True):
    """One stage.

    Attributes:
        idle: Cores in use while nothing comes.
        record: What log records cost.
        span: What spans cost.
    """

    idle: Figure
    record: Cost
    span: Cost

    def cores(self, records: float, spans: float) -> float:
        """Cores that so many records and spans a second use."""
        return self.idle.median + self.record.cores(records) + self.span.cores(spans)


class Sizes(msgspec.Struct, frozen=True):
    """Sizes of what was sent meanwhile.

    Attributes:
        record_bytes: A record in OTLP, uncompressed.
        span_bytes: A span in OTLP, uncompressed.
        compression: How many times smaller gzip makes records.
    """

    record_bytes: float
    span_bytes: float
    compression: float


class Measured(msgspec.Struct, frozen=True):
    """All figures, and where they come from.

    Attributes:
        measured: When, in UTC.
        command: The command that measured them.
        machine: What they were measured on.
        stages: By name, as in `STAGES`.
        sizes: How large records and spans were.
    """

    measured: str
    command: str
    machine: str
    stages: dict[str, Stage]
    sizes: Sizes


def measured() -> Measured:
    """Return what this version of the package was measured to cost."""
    data = files("otel_logging.capacity").joinpath("measured.json").read_bytes()
    return msgspec.json.decode(data, type=Measured)
