"""What processes report of their rules, read from a backend that keeps metrics."""

from __future__ import annotations

from collections.abc import Iterable

from otel_logging import semconv
from otel_logging.backends import Backend, MetricPoint, OverviewQuery
from otel_logging.doctor.rules import BARE_SERVICE, Place


def heard(backend: Backend, query: OverviewQuery) -> list[Place]:
    """Return one place for each process that a backend heard of.

    Raises:
        BackendError: It does not answer, or keeps no metrics.
    """
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
        if process[0] != BARE_SERVICE
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
