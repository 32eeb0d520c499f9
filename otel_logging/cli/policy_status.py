"""`otel-logging policy status`: which rules are in force where, and whether they are the same."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from typing import Final

import msgspec

from otel_logging import semconv
from otel_logging.backends import Backend, BackendError, open_backend
from otel_logging.backends.analysis import MetricPoint
from otel_logging.backends.interface import OverviewQuery
from otel_logging.cli.collector import policy_version
from otel_logging.cli.options import BACKEND_VARIABLE, DEFAULT_BACKEND
from otel_logging.cli.output import print_json
from otel_logging.redaction import Policy

SAME: Final = 0
DIFFERENT: Final = 1
UNKNOWN: Final = 3
_NS: Final = 10**9


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where rules are in force.

    Attributes:
        where: policy file, the service, or collector.
        version: The version there; None when it is not known.
        detail: File, instance or address.
        redactions: Values and findings redacted so far.
        failures: Values and records masked as a whole because redaction failed.
        refused: How often a changed file was refused.
    """

    where: str
    version: str | None
    detail: str = ""
    redactions: int | None = None
    failures: int | None = None
    refused: int | None = None


def run(policy: Policy, options: argparse.Namespace) -> int:
    """Print where which version is; 0 the same everywhere, 1 not, 3 something did not answer."""
    places = [Place("policy file", policy.digest(), str(options.policy or "the package's own"))]
    url = options.backend or os.environ.get(BACKEND_VARIABLE) or DEFAULT_BACKEND
    places += _processes(url, time.time_ns() - int(options.within * _NS))
    if options.collector != "none":
        version = policy_version(options.collector)
        places.append(Place("collector", version or None, _detail(options.collector, version)))
    code, verdict = judge(places)
    if options.json:
        print_json({"places": places, "verdict": verdict})
    else:
        for place in places:
            print(_line(place))
        print(verdict)
    return code


def judge(places: Iterable[Place]) -> tuple[int, str]:
    """Return the exit code and the sentence for what is in force."""
    known = [place for place in places if place.version is not None]
    wanted = known[0].version
    others = [place for place in known if place.version != wanted]
    silent = [place.where for place in places if place.version is None]
    if others:
        names = ", ".join(f"{place.where} {place.detail}".strip() for place in others)
        return DIFFERENT, f"DIFFERENT: not the file's rules in force at {names}"
    if silent:
        return UNKNOWN, f"UNKNOWN: no answer from {', '.join(silent)}"
    return SAME, f"the same everywhere: {wanted}"


def _processes(url: str, since_ns: int) -> list[Place]:
    """One place for each process that the backend heard of."""
    try:
        backend = open_backend(url)
        try:
            found = _heard(backend, OverviewQuery(since_ns=since_ns))
        finally:
            backend.close()
    except BackendError as error:
        return [Place("processes", None, str(error))]
    return found or [Place("processes", None, f"none was heard by {url}")]


def _heard(backend: Backend, query: OverviewQuery) -> list[Place]:
    versions = _latest(backend.metric(semconv.METRIC_REDACTION_POLICY_INFO, query))
    redacted = _latest(backend.metric(semconv.METRIC_REDACTION_REDACTIONS, query))
    failed = _latest(backend.metric(semconv.METRIC_REDACTION_FAILURES, query))
    reloads = _latest(backend.metric(semconv.METRIC_REDACTION_POLICY_RELOADS, query))
    return [
        Place(
            process[0],
            next((one.attributes["version"] for one in points if one.value), None),
            process[1],
            _sum(redacted.get(process, [])),
            _sum(failed.get(process, [])),
            _sum(p for p in reloads.get(process, []) if p.attributes["result"] == "refused"),
        )
        for process, points in sorted(versions.items())
    ]


def _latest(points: Iterable[MetricPoint]) -> dict[tuple[str, str], list[MetricPoint]]:
    """The points of each process's last report."""
    latest: dict[tuple[str, str], list[MetricPoint]] = {}
    for point in points:
        reported = latest.setdefault(_process(point), [])
        if reported and reported[0].timestamp != point.timestamp:
            reported.clear()
        reported.append(point)
    return latest


def _process(point: MetricPoint) -> tuple[str, str]:
    """Service and instance."""
    resource = point.resource
    instance = resource.get("service.instance.id") or resource.get("process.pid") or ""
    return point.service, str(instance)


def _sum(points: Iterable[MetricPoint]) -> int:
    return int(sum(point.value or 0 for point in points))


def _detail(url: str, version: str | None) -> str:
    if version is None:
        return f"{url} does not answer"
    return url if version else f"{url} shows no policy version"


def _line(place: Place) -> str:
    parts = [f"{place.where:<16}{place.version or '?':<14}{place.detail}"]
    if place.redactions is not None:
        parts.append(f"{place.redactions} redacted, {place.failures} failed")
    if place.refused:
        parts.append(f"{place.refused} changed files REFUSED: see its standard error")
    return "  ".join(part for part in parts if part).rstrip()
