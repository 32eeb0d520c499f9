"""The backend over both."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import structs

from otel_logging import semconv
from otel_logging.backends.analysis import (
    ErrorGroup,
    Histogram,
    MetricName,
    MetricPoint,
    ServiceGraph,
)
from otel_logging.backends.derived import SAMPLE, TRACES, errors_of, graph_of, histogram_of
from otel_logging.backends.following import follow
from otel_logging.backends.interface import (
    BackendError,
    LogQuery,
    NotFoundError,
    OverviewQuery,
    TraceQuery,
)
from otel_logging.backends.json_text import json_text
from otel_logging.backends.loki_tempo import logql
from otel_logging.backends.loki_tempo.lines import Lines
from otel_logging.backends.loki_tempo.loki import PAGE, Loki, Question
from otel_logging.backends.loki_tempo.names import loki_name
from otel_logging.backends.loki_tempo.range import (
    LOKI_LONGEST_NS,
    SECOND_NS,
    TEMPO_LONGEST_NS,
    Range,
)
from otel_logging.backends.loki_tempo.tempo import ID_DIGITS, Tempo, traceql
from otel_logging.backends.times import rfc3339
from otel_logging.backends.types import (
    LogRecord,
    Service,
    Span,
    Summary,
    TraceSummary,
    Transaction,
)
from otel_logging.store.severity import ERROR

AROUND_NS = 3600 * SECOND_NS
"""How long before its first span and after its last one a trace's records are looked for."""
COUNTED_SECONDS = 3 * 3600
"""What services are counted over: the longest range for which Tempo counts by default."""
AMBIGUOUS_SHOWN = 5
REPEATS = 100
"""Lines asked for beyond the limit, since the Collector may have delivered some twice."""


class LokiTempoBackend:
    """Asks one Loki and one Tempo.

    Args:
        loki: Loki's URL.
        tempo: Tempo's URL.
    """

    def __init__(self, loki: str, tempo: str) -> None:
        self._loki = Loki(loki)
        self._tempo = Tempo(tempo)

    def search_logs(self, query: LogQuery) -> list[LogRecord]:
        """Return the records that match; without `since_ns` of the last 30 days."""
        within = Range.given(query.since_ns, query.until_ns, LOKI_LONGEST_NS)
        at_once = PAGE if query.text is not None else min(PAGE, query.limit + REPEATS)
        question = Question(logql.of(query), within, query.newest_first, at_once)
        found = self._loki.records(question, Lines())
        return list(islice(_with_text(found, query.text), query.limit))

    def tail(self, query: LogQuery) -> Iterator[LogRecord]:
        """Yield matching records as they arrive, without end."""
        return follow(self.search_logs, query)

    def trace(self, trace_id: str) -> Transaction:
        """Return the trace whose ID starts so, when there is exactly one.

        A whole ID is found whatever its age, the start of one in the last week.
        """
        wanted = trace_id.lower()
        if len(wanted) < ID_DIGITS:
            wanted = self._only_id(wanted)
        spans = self._tempo.spans(wanted)
        records = self._records_of(wanted, spans)
        if not spans and not records:
            raise NotFoundError(f"no trace starts with {trace_id}")
        return Transaction(wanted, spans, records)

    def traces(self, query: TraceQuery) -> list[TraceSummary]:
        """Return the newest traces that match, ordered; without `since_ns` of the last week."""
        within = Range.given(query.since_ns, query.until_ns, TEMPO_LONGEST_NS)
        ids = self._tempo.ids(traceql(query), within, query.limit)
        found = [_summary(self.trace(one)) for one in ids]
        # Tempo looks at whole seconds, and at any span of a trace.
        inside = [one for one in found if within.since_ns <= one.start_unix_nano <= within.until_ns]
        if query.longest_first:
            return sorted(inside, key=lambda one: (-one.duration_ns, one.trace_id))
        return sorted(inside, key=lambda one: (-one.start_unix_nano, one.trace_id))

    def services(self) -> list[Service]:
        """Return all services by name, with what they wrote in the last three hours."""
        label, attribute = loki_name(semconv.SERVICE_NAME), f"resource.{semconv.SERVICE_NAME}"
        failures = f"{logql.EVERYTHING} | severity_number>={ERROR}"
        logs = self._loki.counts(logql.EVERYTHING, COUNTED_SECONDS, label)
        failed_logs = self._loki.counts(failures, COUNTED_SECONDS, label)
        spans = self._tempo.counts("{ }", COUNTED_SECONDS, attribute)
        failed_spans = self._tempo.counts("{ status = error }", COUNTED_SECONDS, attribute)
        return [
            Service(
                name=name,
                logs=logs.get(name, 0),
                spans=spans.get(name, 0),
                errors=failed_logs.get(name, 0) + failed_spans.get(name, 0),
                first_seen=self._seen(name, newest=False),
                last_seen=self._seen(name, newest=True),
            )
            for name in sorted(logs.keys() | spans.keys())
        ]

    def summary(self) -> Summary:
        """Refuse: neither Loki nor Tempo counts all that it keeps."""
        raise BackendError("Loki and Tempo do not count all that they keep; ask a store")

    def histogram(self, query: LogQuery, buckets: int) -> Histogram:
        """Return how many of the newest matching records there are over time."""
        newest = structs.replace(query, limit=SAMPLE, newest_first=True)
        ends = (query.since_ns, query.until_ns)
        return histogram_of(self.search_logs(newest), ends, buckets)

    def errors(self, query: OverviewQuery) -> list[ErrorGroup]:
        """Return the newest error records by service, type and place, the most frequent first."""
        wanted = LogQuery(
            service=query.service,
            severity="ERROR",
            since_ns=query.since_ns,
            until_ns=query.until_ns,
            limit=SAMPLE,
        )
        return errors_of(self.search_logs(wanted))[: query.limit]

    def graph(self, query: OverviewQuery) -> ServiceGraph:
        """Return the services and who calls whom in the newest traces."""
        within = Range.given(query.since_ns, query.until_ns, TEMPO_LONGEST_NS)
        ids = self._tempo.ids(traceql(TraceQuery()), within, TRACES)
        return graph_of([span for one in ids for span in self._tempo.spans(one)])

    def metric_names(self, query: OverviewQuery) -> list[MetricName]:  # noqa: ARG002
        """Refuse: neither keeps metrics."""
        raise BackendError("Loki and Tempo keep no metrics; look at them in Grafana")

    def metric(self, name: str, query: OverviewQuery) -> list[MetricPoint]:  # noqa: ARG002
        """Refuse: neither keeps metrics."""
        raise BackendError("Loki and Tempo keep no metrics; look at them in Grafana")

    def close(self) -> None:
        """Close the connections."""
        self._loki.close()
        self._tempo.close()

    def _only_id(self, prefix: str) -> str:
        pattern = logql.quoted(f"{prefix}.*")
        within = Range.given(None, None, TEMPO_LONGEST_NS)
        ids = set(self._tempo.ids(f"{{ trace:id =~ {pattern} }}", within, AMBIGUOUS_SHOWN))
        lines = Question(f"{logql.EVERYTHING} | trace_id=~{pattern}", within)
        ids |= {record.trace_id or "" for record in self._loki.records(lines, Lines())}
        if not ids:
            raise NotFoundError(f"no trace starts with {prefix}")
        if len(ids) > 1:
            shown = ", ".join(sorted(ids)[:AMBIGUOUS_SHOWN])
            raise BackendError(f"several traces start with {prefix}: {shown}")
        return ids.pop()

    def _records_of(self, trace_id: str, spans: list[Span]) -> list[LogRecord]:
        within = Range.given(None, None, LOKI_LONGEST_NS)
        if spans:
            first = min(span.start_unix_nano for span in spans)
            last = max(span.end_unix_nano for span in spans)
            within = Range(first - AROUND_NS, last + AROUND_NS)
        lines = Lines(
            (name for span in spans for name in span.attributes),
            (name for span in spans for name in span.resource),
        )
        question = Question(logql.of(LogQuery(trace_id=trace_id)), within)
        return list(self._loki.records(question, lines))

    def _seen(self, service: str, *, newest: bool) -> str:
        since, _ = Range.given(None, None, COUNTED_SECONDS * SECOND_NS)
        query = LogQuery(service=service, since_ns=since, newest_first=newest, limit=1)
        found = self.search_logs(query)
        return found[0].timestamp if found else rfc3339(since)


def _with_text(records: Iterator[LogRecord], text: str | None) -> Iterator[LogRecord]:
    if text is None:
        return records
    wanted = text.lower()
    return (
        record
        for record in records
        if wanted in json_text(record.body).lower()
        or wanted in json_text(record.attributes).lower()
    )


def _summary(found: Transaction) -> TraceSummary:
    root = min(
        found.spans, key=lambda span: (span.parent_span_id is not None, span.start_unix_nano)
    )
    started = min(span.start_unix_nano for span in found.spans)
    return TraceSummary(
        trace_id=found.trace_id,
        root_name=root.name,
        root_service=root.service,
        start_unix_nano=started,
        duration_ns=max(span.end_unix_nano for span in found.spans) - started,
        span_count=len(found.spans),
        log_count=len(found.logs),
        error_count=sum(span.failed for span in found.spans),
        services=sorted({span.service for span in found.spans}),
    )
