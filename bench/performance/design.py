"""What the report compares: one factor at a time around a base point, and a ramp of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.services import VARIANTS, Variant

CONNECTIONS = 8
RAMP = (1, 2, 4, 8, 16, 32, 64)
LEVELS = ("ERROR", "WARN", "INFO", "DEBUG")
RECORDS = (1, 10)
BASE = "INFO, 10 records"
"""The case that single factors are compared with."""

_OFF = next(variant for variant in VARIANTS if variant.name == "off")


@dataclass(frozen=True)
class Case:
    """One way to run the services.

    Attributes:
        name: For people; also its key in the data.
        factor: What it varies.
        against: The case that its ratios are to, measured in the same round.
        variables: Environment of the gateway and, where they mean something, of the others.
        telemetry: Whether the launcher starts the services.
        shipped: Whether the Collector redacts, as it is shipped; else it lets all pass.
        ramp: Whether it is also measured with other numbers of users.
        events: Whether the event flow is measured, too.
    """

    name: str
    factor: str
    against: str
    variables: Mapping[str, str] = field(default_factory=dict)
    telemetry: bool = True
    shipped: bool = False
    ramp: bool = False
    events: bool = False

    @property
    def variant(self) -> Variant:
        """How the services are started."""
        if not self.telemetry:
            return Variant(self.name, _OFF.launched, _OFF.ours, self.variables)
        base = {"OTLOG_LOG_LEVEL": "INFO", "OTLOG_CONSOLE": "off", "BENCH_RECORDS": "10"}
        return Variant(self.name, launched=True, ours=True, variables={**base, **self.variables})


def _level(level: str, records: int) -> Case:
    return Case(
        name=named(level, records),
        factor="level",
        against=named("off", records),
        variables={"OTLOG_LOG_LEVEL": level, "BENCH_RECORDS": str(records)},
        ramp=level == "INFO",
        events=records == 1,
    )


def _off(records: int) -> Case:
    return Case(
        name=named("off", records),
        factor="level",
        against=named("off", records),
        variables={"BENCH_RECORDS": str(records)},
        telemetry=False,
        ramp=records == 10,
        events=records == 1,
    )


def named(level: str, records: int) -> str:
    """The name of the case of a level and so many records a request."""
    return f"{level}, {records} record{'s' if records > 1 else ''}"


SYNCHRONOUS, GZIP, ZSTD = "synchronous export", "gzip", "zstd"
UNREDACTED, CONSOLE, SAMPLED, SHIPPED = (
    "redaction off",
    "console json",
    "one trace in ten",
    "Collector redacts",
)
_COMPRESSION = "OTEL_EXPORTER_OTLP_COMPRESSION"
_SAMPLED = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}

CASES = (
    *(_off(records) for records in RECORDS),
    *(_level(level, records) for records in RECORDS for level in LEVELS),
    Case(SYNCHRONOUS, "export", BASE, {"BENCH_EXPORT": "synchronous"}),
    Case(GZIP, "compression", BASE, {_COMPRESSION: "gzip"}),
    Case(ZSTD, "compression", BASE, {_COMPRESSION: "gzip", "BENCH_COMPRESSION": "zstd"}),
    Case(UNREDACTED, "redaction", BASE, {"OTLOG_REDACTION": "off"}),
    Case(CONSOLE, "console", BASE, {"OTLOG_CONSOLE": "json"}),
    Case(SAMPLED, "sampling", BASE, _SAMPLED),
    Case(SHIPPED, "Collector", BASE, shipped=True),
)
"""All of them; a case that others are compared with is among them."""
