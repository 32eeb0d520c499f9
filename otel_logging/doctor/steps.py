"""The steps: each says what it saw, or raises StepError with what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from otel_logging import semconv
from otel_logging.backends import LogQuery, LogRecord, NotFoundError, Span, TraceQuery, Transaction
from otel_logging.doctor import clocks, guard, intake
from otel_logging.doctor.case import Case, known
from otel_logging.doctor.environment import policy_of, refuse_silence
from otel_logging.doctor.launch import SERVICE, Launched, launch
from otel_logging.doctor.leaks import in_store, in_what_was_read
from otel_logging.doctor.outcome import StepError
from otel_logging.doctor.planted import BEYOND_THE_COLLECTOR
from otel_logging.doctor.rules import BARE_SERVICE, SAME, Place, judge, of_collector
from otel_logging.doctor.told import without_secret

RECORDS: Final = 3
"""How many records the canary writes."""

_RECENT_NS: Final = 900 * 10**9
_TRACES: Final = 20


def settings(case: Case) -> str:
    """The environment sends every signal, redacted by a policy that can be read."""
    environ = case.pipeline.environ
    case.policy = policy_of(environ)
    refuse_silence(environ)
    return f"policy {case.policy.digest()}, OTLP by {case.intake.protocol}"


def exporter(case: Case) -> str:
    """The Collector's intake answers where processes send to."""
    if case.pipeline.environ.get("OTEL_CONFIG_FILE"):
        return "left to the canary: OTEL_CONFIG_FILE says where to"
    return intake.reach(case.intake, collector_runs=case.collector_version() is not None)


def backend(case: Case) -> str:
    """What keeps logs and traces answers."""
    query = {"since_ns": case.began_ns - _RECENT_NS, "limit": 1}
    case.backend.search_logs(LogQuery(**query))  # type: ignore[arg-type]
    case.backend.traces(TraceQuery(**query))  # type: ignore[arg-type]
    return case.pipeline.shown_backend


def search(case: Case) -> str:
    """The search for leaks finds them where nothing is redacted."""
    return guard.prove(case.pipeline.environ, case.began_ns)


def canary(case: Case) -> str:
    """A service's process sends everything it has."""
    case.launched = launch(case.pipeline.environ)
    return f"trace {case.launched.sent.trace_ids[0]}"


def log(case: Case) -> str:
    """The canary's records arrive under its service's name, redacted by its process."""
    sent = known(case.launched)
    case.records = case.wait(sent, lambda: _records(case, sent, SERVICE))
    if case.records:
        return f"{len(case.records)} records"
    if _records(case, sent, None):
        advice = "keep resource attribute service.name (in Loki the index label service_name)"
        raise StepError(f"the records are there, but not of service {SERVICE}", advice)
    raise StepError(
        f"the Collector took the canary's records, and {case.pipeline.shown_backend} has none",
        "is there a pipeline logs/… from forward/redacted to this backend? Look for its exporter's "
        "errors in the Collector's output, and compare the address with --backend",
    )


def trace(case: Case) -> str:
    """The canary's spans arrive, all in one trace."""
    launched = known(case.launched)
    if len(set(launched.sent.trace_ids)) > 1:
        raise StepError(
            "context does not travel: what was called began a trace of its own",
            "OTEL_PROPAGATORS has to name tracecontext (and baggage), or be absent",
        )
    case.transaction = case.wait(launched, lambda: _whole(case, launched))
    if case.transaction is None:
        raise StepError(
            f"the Collector took the canary's spans, and {case.pipeline.shown_backend} has not all",
            "is there a pipeline traces/… from forward/redacted to this backend, and no sampling "
            "or filter in it? Look for its exporter's errors in the Collector's output",
        )
    return f"{len(case.transaction.spans)} spans"


def log_to_trace(case: Case) -> str:
    """A record leads to its trace, in which its span is."""
    for record in case.records:
        if record.span_id not in case.links.trace_of(record):
            raise StepError(
                f"the line of record {record.uid} does not lead to its span",
                "something on the way changes trace_id or span_id, or the provisioned link "
                "leads elsewhere: compare the Collector's overlays and Grafana's sources with ours",
            )
    return "by the provisioned derived field" if case.pipeline.of_grafana else "by its trace ID"


def trace_to_log(case: Case) -> str:
    """A span leads to every record of its trace."""
    wanted = {record.uid for record in case.records}
    span = known(case.transaction).spans[0]
    found = case.wait(known(case.launched), lambda: wanted <= case.links.lines_of(span))
    if not found:
        raise StepError(
            "the canary's span does not lead to its lines",
            "correct tracesToLogsV2 of the Tempo source, and keep trace_id on records"
            if case.pipeline.of_grafana
            else "something on the way removes trace_id from records",
        )
    return "by the provisioned query" if case.pipeline.of_grafana else "by its trace ID"


def metric(case: Case) -> str:
    """The canary's metric arrives, with an exemplar that names its trace."""
    launched = known(case.launched)
    nonce, trace_id = launched.planted.nonce, launched.sent.trace_ids[0]

    def named() -> bool:
        found = case.metrics.canary(nonce)
        return found is not None and trace_id in found.trace_ids

    if case.wait(launched, named):
        return f"{semconv.METRIC_DOCTOR_CANARY}, exemplar by {case.metrics.exemplar_label}"
    if case.metrics.canary(nonce) is None:
        raise StepError(
            "the Collector took the canary's metric, and nobody has it",
            "load an overlay that takes metrics (store, prometheus or loki-tempo), and let "
            "Prometheus scrape its page with honor_labels: true",
        )
    raise StepError(
        "the canary's metric has no exemplar that names its trace",
        "OTEL_METRICS_EXEMPLAR_FILTER has to be trace_based or absent; Prometheus needs "
        "--enable-feature=exemplar-storage; the link's name has to be trace_id",
    )


def span_metrics(case: Case) -> str:
    """The Collector makes metrics of spans."""
    launched = known(case.launched)
    trace_id = launched.sent.trace_ids[0]
    if not case.wait(launched, lambda: case.metrics.span_metrics(trace_id)):
        raise StepError(
            "there are no span metrics of the canary",
            "keep connector spanmetrics in traces/in and metrics/otlp, as in collector/base.yaml; "
            "it writes every OTLOG_COLLECTOR_SPAN_METRICS_INTERVAL (15s)",
        )
    return "traces.spanmetrics"


def collector(case: Case) -> str:
    """The Collector masks what a process does not."""
    case.bare = bare = launch(case.pipeline.environ, redaction=False)
    records = case.wait(bare, lambda: _records(case, bare, BARE_SERVICE))
    found = case.wait(bare, lambda: _whole(case, bare))
    if not records or found is None:
        raise StepError(
            "what a process sent unredacted does not arrive",
            "it must be masked, not dropped: look for errors in the Collector's output",
        )
    leaks = in_what_was_read(bare.planted, records, found)
    if leaks := [surface for surface in leaks if surface not in BEYOND_THE_COLLECTOR]:
        raise StepError(
            f"what a process does not mask, the Collector lets through: {', '.join(leaks)}",
            "start it with --config collector/redaction.yaml after base.yaml, "
            "and no overlay that goes around forward/received; "
            "`otel-logging policy compile` writes that file",
        )
    return "all that it can reach is masked"


def rules(case: Case) -> str:
    """Processes and Collector run the policy of this environment."""
    wanted = Place("policy file", known(case.policy).digest())
    places = [wanted, *case.metrics.processes()]
    if case.pipeline.collector:
        places.append(of_collector(case.pipeline.collector, case.collector_version()))
    code, verdict = judge(places)
    if code != SAME:
        raise StepError(
            verdict,
            "`otel-logging policy status` shows each place, `policy apply` changes the Collector's "
            "rules; name its page of metrics by --collector URL",
        )
    return f"{verdict} ({len(places)} places)"


def clock(case: Case) -> str:
    """Clocks agree: this machine's, the backends', those of services."""
    pipeline = case.pipeline
    urls = [*pipeline.backend_urls]
    if case.intake.protocol != "grpc":
        urls.append(case.intake.urls["logs"])
    most = pipeline.max_skew
    for url in urls:
        ahead = clocks.offset(url)
        if ahead is not None and abs(ahead) > most:
            raise StepError(
                f"the clock behind {without_secret(url)} is {_told(ahead)}", _SYNCHRONISE
            )
    for caller, callee, ahead in clocks.between_services(_recent_spans(case)):
        if abs(ahead) > most:
            raise StepError(f"the clock of {callee} is {_told(ahead)} of {caller}'s", _SYNCHRONISE)
    return f"within {most:g} s"


def secrets(case: Case) -> str:
    """No planted secret stands in anything that is kept, nor on the canary's console."""
    launched, pipeline = known(case.launched), case.pipeline
    kept = case.metrics.canary(launched.planted.nonce)
    found = in_what_was_read(
        launched.planted, launched.console, case.records, case.transaction, kept
    )
    if not pipeline.of_grafana:
        found = sorted({*found, *in_store(launched.planted, pipeline.backend)})
    if found:
        raise StepError(
            f"planted secrets are kept, from: {', '.join(found)}",
            "`otel-logging audit --backend URL` tells where; `otel-logging policy explain` why not",
        )
    return f"none of {len(launched.planted.secrets)} planted secrets"


_SYNCHRONISE: Final = "synchronise the clocks (NTP), or traces are drawn wrong and records refused"


def _told(ahead: float) -> str:
    return f"{abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}"


def _records(case: Case, launched: Launched, service: str | None) -> list[LogRecord]:
    """The canary's records once all are there; none before."""
    query = LogQuery(
        service=service,
        attributes={semconv.OTLOG_CANARY_ID: launched.planted.nonce},
        since_ns=case.began_ns - _RECENT_NS,
    )
    found = {record.uid: record for record in case.backend.search_logs(query)}
    return [*found.values()] if len(found) >= RECORDS else []


def _whole(case: Case, launched: Launched) -> Transaction | None:
    """The canary's trace once all its spans are there."""
    with suppress(NotFoundError):
        found = case.backend.trace(launched.sent.trace_ids[0])
        if set(launched.sent.span_ids) <= {span.span_id for span in found.spans}:
            return found
    return None


def _recent_spans(case: Case) -> Iterable[Span]:
    since_ns = time.time_ns() - _RECENT_NS
    for found in case.backend.traces(TraceQuery(since_ns=since_ns, limit=_TRACES)):
        yield from case.backend.trace(found.trace_id).spans
