"""The embedded store as a backend, over its HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar

import httpx
import msgspec

from otel_logging.backends.analysis import (
    ErrorGroup,
    Histogram,
    MetricName,
    MetricPoint,
    ServiceGraph,
)
from otel_logging.backends.following import follow
from otel_logging.backends.interface import (
    BackendError,
    LogQuery,
    NotFoundError,
    OverviewQuery,
    TraceQuery,
)
from otel_logging.backends.types import LogRecord, Service, Summary, TraceSummary, Transaction

T = TypeVar("T")
Parameters: TypeAlias = list[tuple[str, str | int | float | bool | None]]

TIMEOUT_SECONDS = 60.0


class StoreBackend:
    """Asks one store."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT_SECONDS)

    def search_logs(self, query: LogQuery) -> list[LogRecord]:
        """Return the records that match."""
        return self._list("/api/logs", "records", LogRecord, _log_parameters(query))

    def tail(self, query: LogQuery) -> Iterator[LogRecord]:
        """Yield matching records as they arrive, without end."""
        return follow(self.search_logs, query)

    def trace(self, trace_id: str) -> Transaction:
        """Return the trace whose ID starts so, when there is exactly one."""
        return self._get(f"/api/traces/{trace_id}", Transaction)

    def traces(self, query: TraceQuery) -> list[TraceSummary]:
        """Return the traces that match, the newest or the longest first."""
        return self._list("/api/traces", "traces", TraceSummary, _trace_parameters(query))

    def services(self) -> list[Service]:
        """Return all services by name."""
        return self._list("/api/services", "services", Service)

    def summary(self) -> Summary:
        """Return counts over everything, and the orphans."""
        return self._get("/api/summary", Summary)

    def histogram(self, query: LogQuery, buckets: int) -> Histogram:
        """Return how many of the matching records there are over time, in so many steps."""
        wanted = [pair for pair in _log_parameters(query) if pair[0] not in {"limit", "order"}]
        return self._one("/api/histogram", "histogram", Histogram, [*wanted, ("buckets", buckets)])

    def errors(self, query: OverviewQuery) -> list[ErrorGroup]:
        """Return errors by service, type and place, the most frequent first."""
        wanted = {"service": query.service, "limit": query.limit, **_range(query)}
        return self._list("/api/errors", "errors", ErrorGroup, _given(wanted))

    def graph(self, query: OverviewQuery) -> ServiceGraph:
        """Return the services and who calls whom."""
        return self._one("/api/graph", "graph", ServiceGraph, _given(_range(query)))

    def metric_names(self, query: OverviewQuery) -> list[MetricName]:
        """Return the metrics that are kept."""
        wanted = _given({"service": query.service, **_range(query)})
        return self._list("/api/metrics/names", "metrics", MetricName, wanted)

    def metric(self, name: str, query: OverviewQuery) -> list[MetricPoint]:
        """Return the newest points of a metric, oldest first."""
        wanted = {"name": name, "service": query.service, "limit": query.limit, **_range(query)}
        return self._list("/api/metrics", "points", MetricPoint, _given(wanted))[::-1]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _list(
        self, path: str, name: str, item: type[T], params: Parameters | None = None
    ) -> list[T]:
        return self._one(path, name, list[item], params)  # type: ignore[valid-type]

    def _one(self, path: str, name: str, kind: type[T], params: Parameters | None = None) -> T:
        answer = self._get(path, dict[str, msgspec.Raw], params)
        return msgspec.json.decode(answer[name], type=kind)

    def _get(self, path: str, kind: type[T], params: Parameters | None = None) -> T:
        try:
            response = self._client.get(path, params=params or [])
        except httpx.ConnectError as error:
            raise BackendError(
                f"no store answers at {self._url}: start it with "
                "`otel-logging store --folder DIR`, or name another with --backend URL"
            ) from error
        except httpx.HTTPError as error:
            raise BackendError(f"{self._url} did not answer: {error}") from error
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFoundError(_detail(response))
        if response.is_error:
            raise BackendError(_detail(response))
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise BackendError(f"{self._url} is not an otel-logging store: {error}") from error


def _detail(response: httpx.Response) -> str:
    try:
        detail: Any = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answered with {response.status_code}: is it an otel-logging store?"
    return str(detail)


def _log_parameters(query: LogQuery) -> Parameters:
    given = {
        "service": query.service,
        "severity": query.severity,
        "text": query.text,
        "scope": query.scope,
        "trace_id": query.trace_id,
        "span_id": query.span_id,
        "user": query.user,
        "since": query.since_ns,
        "until": query.until_ns,
        "limit": query.limit,
        "order": "desc" if query.newest_first else "asc",
    }
    given_attributes = query.attributes.items()
    return _given(given) + [("attribute", f"{key}={value}") for key, value in given_attributes]


def _trace_parameters(query: TraceQuery) -> Parameters:
    return _given(
        {
            "service": query.service,
            "min_duration_ms": query.min_duration_ns / 1e6,
            "failed": "true" if query.failed else "false",
            "since": query.since_ns,
            "until": query.until_ns,
            "limit": query.limit,
            "order": "longest" if query.longest_first else "newest",
        }
    )


def _range(query: OverviewQuery) -> dict[str, Any]:
    return {"since": query.since_ns, "until": query.until_ns}


def _given(values: dict[str, Any]) -> Parameters:
    return [(name, str(value)) for name, value in values.items() if value is not None]
