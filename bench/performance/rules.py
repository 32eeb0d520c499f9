"""From figures to settings: each rule is code, and the report prints it with what it saw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bench.performance.design import (
    BASE,
    CONSOLE,
    GZIP,
    LEVELS,
    SAMPLED,
    SYNCHRONOUS,
    UNREDACTED,
    ZSTD,
    named,
)
from bench.performance.measure import ACCOUNT, key
from bench.performance.result import Result

WORTH_SILENCE = 0.2
"""More requests a second than this are worth a less detailed level in production."""

SATURATED = 0.95
"""A number of users saturates the services when more of them add less than the rest."""

CHEAP = 0.05
"""Added CPU time of the gateway up to this share is worth a clear gain."""

HALF = 0.5
"""Bytes saved from this share on are a clear gain."""

WORTH_SAMPLING = 0.5
"""CPU time of the services that is worth losing the traces of failures."""

BRIDGED_SECONDS = 10
"""How long the queue in the process has to hold what is written: a Collector restarts in less."""

DEFAULT_QUEUE = 20_000

RATIO = "parentbased_traceidratio"
"""The sampler that keeps a share of traces."""


@dataclass(frozen=True)
class Recommendation:
    """One setting for three environments.

    Attributes:
        setting: What it is, for people.
        variable: The environment variable.
        development: Its value while writing code.
        test: Its value in automated tests.
        production: Its value in production.
        rule: How it follows from figures.
        seen: The figures.
    """

    setting: str
    variable: str
    development: str
    test: str
    production: str
    rule: str
    seen: str


def recommendations(result: Result) -> list[Recommendation]:
    """All of them, from the data alone."""
    rules = (_level, _console, _queue, _export, _compression, _sampling, _redaction)
    return [rule(result) for rule in rules]


def saturation(result: Result, case: str) -> int:
    """The least number of users at which a case answers 95 % of the most it ever answers."""
    found = {n: result.median(case, "rps", key(ACCOUNT, n)) for n in result.ramp(case)}
    most = max(found.values())
    return min(users for users, rps in found.items() if rps >= SATURATED * most)


def production_level(result: Result) -> str:
    """The most detailed of INFO, WARN and ERROR than which no other answers much more."""
    kept = {level: result.median(named(level, 10), "rps ratio") for level in LEVELS}
    candidates = ("INFO", "WARN", "ERROR")
    return next(
        level
        for number, level in enumerate(candidates)
        if max(kept[other] for other in candidates[number:]) <= kept[level] * (1 + WORTH_SILENCE)
    )


def _level(result: Result) -> Recommendation:
    ratios = {level: result.median(named(level, 10), "rps ratio") for level in reversed(LEVELS)}
    level = production_level(result)
    return Recommendation(
        "level",
        "OTLOG_LOG_LEVEL",
        "DEBUG",
        level,
        level,
        "Production: INFO, unless WARN or ERROR answers more than "
        f"{WORTH_SILENCE:.0%} more requests a second at ten records a request; then that: what "
        "was not logged cannot be looked up. DEBUG is for development, where nobody waits for "
        "throughput, and in production for single loggers and requests ([how](levels.md)). Test: "
        "as production, so that tests see what production writes.",
        "share of the requests a second without telemetry: "
        + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()),
    )


def _console(result: Result) -> Recommendation:
    added = result.median(CONSOLE, "gateway:cpu_ms ratio") - 1
    return Recommendation(
        "console",
        "OTLOG_CONSOLE",
        "text",
        "off",
        "json" if added <= CHEAP else "off",
        f"Production: JSON lines beside OTLP, for the case that OTLP does not get through, if they "
        f"add at most {CHEAP:.0%} of the gateway's CPU time; else off. Development: text, to read "
        "along. Test: off, since tests read records and not a terminal.",
        f"JSON lines add {added:+.0%}",
    )


def _queue(result: Result) -> Recommendation:
    level = production_level(result)
    case = named(level, 10)
    load = key(ACCOUNT, saturation(result, BASE)) if case == BASE else key(ACCOUNT, 8)
    rate = result.median(case, "rps", load) * result.median(case, "log_records", load)
    wanted = math.ceil(rate * BRIDGED_SECONDS / 1_000) * 1_000
    size = max(wanted, DEFAULT_QUEUE)
    return Recommendation(
        "queue",
        "OTLOG_QUEUE_SIZE",
        str(DEFAULT_QUEUE),
        str(DEFAULT_QUEUE),
        str(size),
        f"Production: the records of {BRIDGED_SECONDS} s at saturation, which is longer than a "
        "Collector takes to restart, up to the next thousand, and never less than the default; "
        "OTLOG_QUEUE_BYTES (64 MiB) bounds them besides. Elsewhere: the default.",
        f"{rate:.0f} records a second at saturation, of all processes together: {wanted} in "
        f"{BRIDGED_SECONDS} s",
    )


def _export(result: Result) -> Recommendation:
    kept = result.median(SYNCHRONOUS, "rps ratio")
    queued = kept < SATURATED
    mode = "queued (as it is)" if queued else "either"
    return Recommendation(
        "export",
        "(no variable: the library queues)",
        mode,
        "queued, `otel_logging.flush()` before looking",
        mode,
        f"Queued, unless waiting for each record's delivery keeps {SATURATED:.0%} of the requests "
        "a second. What is queued is lost when the process is killed, and only then: for an outage "
        "of the Collector there is OTLOG_SPOOL.",
        f"waiting keeps {kept:.2f} of the requests a second, with "
        f"{result.median(SYNCHRONOUS, 'p99_ms ratio'):.1f} times the p99",
    )


def _compression(result: Result) -> Recommendation:
    plain = result.median(BASE, "gateway:exported_bytes")
    saved = {name: 1 - result.median(name, "gateway:exported_bytes") / plain for name in _CODECS}
    added = {name: result.median(name, "gateway:cpu_ms ratio") - 1 for name in _CODECS}
    gain = saved[GZIP] >= HALF and added[GZIP] <= CHEAP
    seen = "; ".join(f"{n} saves {saved[n]:.0%} of the bytes for {added[n]:+.0%}" for n in _CODECS)
    return Recommendation(
        "compression",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "none",
        "none",
        GZIP if gain else "none",
        f"Production: gzip if it saves {HALF:.0%} of the bytes to the Collector for at most "
        f"{CHEAP:.0%} of the gateway's CPU time; else none, and gzip only where bytes are paid "
        "for. On one machine nothing is gained. zstd is measured for comparison: neither the "
        "library nor OpenTelemetry's SDK for Python has it.",
        seen + " of the CPU time",
    )


_CODECS = (GZIP, ZSTD)


def _sampling(result: Result) -> Recommendation:
    saved = 1 - result.median(SAMPLED, "cpu_ms ratio")
    early = saved > WORTH_SAMPLING
    return Recommendation(
        "sampling",
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "parentbased_always_on",
        RATIO if early else "parentbased_always_on",
        "Production: all traces leave the process and the Collector samples "
        "([overlay `sampling`](operations.md)), which keeps every failed and slow one; a process "
        "cannot know which will fail. Only where keeping one in ten in the process saves more "
        f"than {WORTH_SAMPLING:.0%} of the services' CPU time, they are lost instead. Elsewhere: "
        "all.",
        f"one in ten saves {saved:.0%} of the CPU time",
    )


def _redaction(result: Result) -> Recommendation:
    share = 1 - result.median(UNREDACTED, "gateway:cpu_ms ratio")
    return Recommendation(
        "redaction",
        "OTLOG_REDACTION",
        "on",
        "on",
        "on",
        "On everywhere, whatever it costs; off exists for proofs.",
        f"it takes {share:.0%} of the gateway's CPU time",
    )


def variables(result: Result, environment: str) -> Iterator[str]:
    """The lines `export NAME=value` of an environment: development, test or production."""
    for one in recommendations(result):
        if not one.variable.isupper():
            continue
        value = getattr(one, environment)
        yield f"export {one.variable}={value}"
        if value == RATIO:
            yield f"export {one.variable}_ARG=0.1"
