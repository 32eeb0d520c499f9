"""A running backend: every log record, span and metric point that it gives."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import msgspec

from otel_logging.audit.files import Advance
from otel_logging.audit.items import Item, Value
from otel_logging.audit.problems import Problem
from otel_logging.backends import (
    Backend,
    BackendError,
    LogQuery,
    LogRecord,
    OverviewQuery,
    TraceQuery,
    open_backend,
)
from otel_logging.backends.opening import LOKI_TEMPO

PAGE: Final = 5000
"""Records or traces asked for at once."""

_RANGE: Final = (
    "gives records of the last 30 days and traces of the last 7 that Tempo lists; "
    "metrics are not kept there"
)


def of_backend(url: str, advance: Advance) -> Iterator[Item | Problem]:
    """What a backend keeps, read over its own interface."""
    try:
        backend = open_backend(url)
    except BackendError as error:
        yield Problem("--backend", str(error))
        return
    reader = _Reader(backend, advance)
    readings = [reader.records, reader.spans, reader.points]
    if url.startswith(LOKI_TEMPO):
        yield Problem("Loki and Tempo", _RANGE, fatal=False)
        readings.remove(reader.points)
    try:
        for reading in readings:
            yield from reading()
    except BackendError as error:
        yield Problem("--backend", _reason(error))
    finally:
        backend.close()


def _reason(error: BackendError) -> str:
    """Why a backend did not answer; the error's own words only where they quote no answer."""
    if isinstance(error.__cause__, httpx.ConnectError):
        return str(error)
    return "did not answer as it must: is it a store, or a Loki and a Tempo?"


class _Reader:
    """Reads a backend page by page."""

    def __init__(self, backend: Backend, advance: Advance) -> None:
        self._backend = backend
        self._advance = advance

    def records(self) -> Iterator[Item | Problem]:
        """Every log record, oldest first."""
        since: int | None = None
        seen: set[str | None] = set()
        while True:
            query = LogQuery(since_ns=since, newest_first=False, limit=PAGE)
            page = self._backend.search_logs(query)
            new = [record for record in page if record.uid not in seen]
            yield from map(self._record, new)
            if len(page) < PAGE:
                return
            if not new:
                yield _crowded("log records")
                return
            since = page[-1].time_unix_nano
            seen = {record.uid for record in page if record.time_unix_nano == since} | (
                seen if page[0].time_unix_nano == since else set()
            )

    def spans(self) -> Iterator[Item | Problem]:
        """Every span of every trace, newest trace first."""
        until: int | None = None
        seen: set[str] = set()
        while True:
            page = self._backend.traces(TraceQuery(until_ns=until, limit=PAGE))
            new = [trace for trace in page if trace.trace_id not in seen]
            for summary in new:
                seen.add(summary.trace_id)
                for span in self._backend.trace(summary.trace_id).spans:
                    where = f"span {span.span_id} (trace {span.trace_id})"
                    yield self._value(where, span)
            if len(page) < PAGE:
                return
            if not new:
                yield _crowded("traces")
                return
            until = page[-1].start_unix_nano

    def points(self) -> Iterator[Item | Problem]:
        """Every metric point."""
        for metric in self._backend.metric_names(OverviewQuery(limit=PAGE)):
            for point in self._backend.metric(metric.name, OverviewQuery()):
                yield self._value(f"metric {point.name} at {point.timestamp}", point)

    def _record(self, record: LogRecord) -> Value:
        trace = f" (trace {record.trace_id})" if record.trace_id else ""
        return self._value(f"log {record.uid}{trace}", record)

    def _value(self, where: str, content: Any) -> Value:
        self._advance(where.partition(" ")[0], 1)
        return Value(where, msgspec.to_builtins(content))


def _crowded(what: str) -> Problem:
    reason = f"has more than {PAGE} {what} of one instant: stop it and audit its files"
    return Problem("--backend", reason)
