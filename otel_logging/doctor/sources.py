"""Where metrics are kept: in the embedded store, or in a Prometheus."""

from __future__ import annotations

from typing import Any, Final, Protocol

import httpx
import msgspec

from otel_logging import semconv
from otel_logging.backends import Backend, BackendError, MetricPoint, OverviewQuery
from otel_logging.doctor.launch import SERVICE
from otel_logging.doctor.processes import heard
from otel_logging.doctor.rules import BARE_SERVICE, Place
from otel_logging.doctor.told import reason, without_secret

RECENT_SECONDS: Final = 180
"""How old a process's last report may be; processes report once a minute by default."""

_SPAN_METRIC: Final = "traces.spanmetrics.latency"
_LIMIT: Final = 10_000
_TIMEOUT: Final = 30.0


class Canary(msgspec.Struct, frozen=True):
    """What is kept of the canary's own metric.

    Attributes:
        trace_ids: That its exemplars name.
        everything: All of it, to look for secrets in.
    """

    trace_ids: set[str]
    everything: Any


class Metrics(Protocol):
    """Where metrics are kept. Every method raises BackendError."""

    exemplar_label: str

    def canary(self, nonce: str) -> Canary | None:
        """Return what is kept of a canary's metric; None when there is nothing."""

    def span_metrics(self, trace_id: str) -> bool:
        """Tell whether the Collector made metrics of the canary's spans."""

    def processes(self) -> list[Place]:
        """Return which rules each process reported lately."""


class StoreMetrics:
    """Metrics of the embedded store."""

    exemplar_label = "trace_id"

    def __init__(self, backend: Backend, since_ns: int) -> None:
        self._backend = backend
        self._since_ns = since_ns

    def canary(self, nonce: str) -> Canary | None:
        """Return what is kept of a canary's metric; None when there is nothing."""
        points = [
            point
            for point in self._points(semconv.METRIC_DOCTOR_CANARY)
            if point.attributes.get(semconv.OTLOG_CANARY_ID) == nonce
        ]
        ids = {str(one.get("trace_id")) for point in points for one in point.exemplars}
        return Canary(ids, msgspec.to_builtins(points)) if points else None

    def span_metrics(self, trace_id: str) -> bool:
        """Tell whether the Collector made metrics of the canary's spans."""
        points = self._points(_SPAN_METRIC)
        return any(one.get("trace_id") == trace_id for point in points for one in point.exemplars)

    def processes(self) -> list[Place]:
        """Return which rules each process reported lately."""
        since_ns = self._since_ns - RECENT_SECONDS * 10**9
        return heard(self._backend, OverviewQuery(since_ns=since_ns, limit=_LIMIT))

    def _points(self, name: str) -> list[MetricPoint]:
        return self._backend.metric(name, OverviewQuery(since_ns=self._since_ns, limit=_LIMIT))


class PrometheusMetrics:
    """Metrics of a Prometheus that scrapes the Collector's page.

    Args:
        url: Of Prometheus.
        exemplar_label: The label that leads from an exemplar to its trace, as provisioned.
    """

    def __init__(self, url: str, exemplar_label: str) -> None:
        self.exemplar_label = exemplar_label
        self._url = url.rstrip("/")

    def canary(self, nonce: str) -> Canary | None:
        """Return what is kept of a canary's metric; None when there is nothing."""
        selector = f'otlog_doctor_canary_seconds_bucket{{otlog_canary_id="{nonce}"}}'
        series = self._ask("query", query=selector)["result"]
        if not series:
            return None
        found = self._ask("query_exemplars", query=selector, start="0", end="4000000000")
        exemplars = [one for each in found for one in each["exemplars"]]
        ids = {one["labels"].get(self.exemplar_label, "") for one in exemplars}
        return Canary(ids, [series, found])

    def span_metrics(self, trace_id: str) -> bool:  # noqa: ARG002 - exemplars are not for long
        """Tell whether the Collector made metrics of the canary's spans."""
        selector = f'traces_spanmetrics_calls_total{{service="{SERVICE}"}}'
        return bool(self._ask("query", query=selector)["result"])

    def processes(self) -> list[Place]:
        """Return which rules each process reported lately."""
        version, beat = semconv.METRIC_REDACTION_POLICY_INFO, semconv.METRIC_HEARTBEAT
        # The Collector's page keeps what a process last said long after it has ended.
        alive = f"(time() - {{__name__=~'{_pattern(beat)}'}} < {RECENT_SECONDS})"
        query = f"{{__name__=~'{_pattern(version)}'}} == 1 and on (job, instance) {alive}"
        found = (one["metric"] for one in self._ask("query", query=query)["result"])
        return [
            Place(_service(labels), labels.get("version"), labels.get("instance", ""))
            for labels in found
            if _service(labels) != BARE_SERVICE
        ]

    def _ask(self, what: str, **params: str) -> Any:
        url = f"{self._url}/api/v1/{what}"
        try:
            answer = httpx.get(url, params=params, timeout=_TIMEOUT)
            answer.raise_for_status()
            return answer.json()["data"]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = f"Prometheus at {without_secret(self._url)}: {reason(error)}"
            raise BackendError(f"{told}; name it by --prometheus URL") from None
        except (ValueError, KeyError, TypeError):
            raise BackendError(f"{without_secret(self._url)} is not a Prometheus") from None


def _pattern(name: str) -> str:
    """Prometheus has a metric's unit after its name."""
    return f"{name.replace('.', '_')}(_.*)?"


def _service(labels: dict[str, str]) -> str:
    job = labels.get("exported_job") or labels.get("job", "")
    return labels.get("service_name") or job.rpartition("/")[2]
