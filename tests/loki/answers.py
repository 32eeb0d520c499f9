"""Asking Loki, Tempo and Prometheus what Grafana would, and counting what they find."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from grafana.reading import Query
from otel_logging.backends import LogRecord, Span
from tests.alerting import runbooks
from tests.collector.waiting import until
from tests.grafana.asked import filled, headers
from tests.loki.questions import (
    FIELDS,
    SPAN_METRICS,
    Question,
    field_query,
    of_dashboards,
    questions,
    sources,
)
from tests.loki.running import REQUEST_ID, RealRun

_SHIFT = re.compile(r"(-?\d+)m")
_MINUTE_NS = 60 * 10**9
_WHOLE_RANGE = (-30, 30)
_LATER_SECONDS = 60
"""What is measured may come so much later than what happened."""


def ask(run: RealRun) -> dict[str, int | None]:
    """How much each question finds, by its name; None when it is refused."""
    return {question.name: _asked(run, question) for question in questions()}


def _asked(run: RealRun, question: Question) -> int | None:
    try:
        return _patiently(run, question)
    except httpx.HTTPStatusError:
        return None


def _patiently(run: RealRun, question: Question) -> int:
    """Ask metrics, which come at intervals, until there is an answer; all else is there."""
    if "prometheus" in (question.to, question.by):
        until(lambda: _ask(run, question) > 0, f"{question.name}: {question.query}")
    return _ask(run, question)


def _ask(run: RealRun, question: Question) -> int:
    if question.name in of_dashboards():
        return of_a_dashboard(run, of_dashboards()[question.name])
    kind = question.name.partition(":")[0]
    by_kind: Mapping[str, Callable[[RealRun, Question], int]] = {
        "trace of a line": _trace_of_a_line,
        "lines of a span": _lines_of_a_span,
        "metrics of a span": _metrics,
        "trace of an exemplar": _trace_of_an_exemplar,
        "service graph": _metrics,
        "field": _field,
        "services to choose from": _services,
        "runbook": _of_operations,
        "alert": _of_operations,
    }
    return by_kind[kind](run, question)


def lines(
    run: RealRun, logql: str, minutes: tuple[int, int] = _WHOLE_RANGE
) -> list[dict[str, Any]]:
    """The lines that a query finds around the order, each with its labels."""
    start, end = _around(run, minutes)
    window = {"start": start, "end": end, "limit": 5000}
    streams = _loki(run, "query_range", query=logql, **window)["result"]
    return [
        {"labels": stream["stream"], "time": int(time), "line": line}
        for stream in streams
        for time, line in stream["values"]
    ]


def _around(run: RealRun, minutes: tuple[int, int]) -> tuple[int, int]:
    """From so many minutes before the order to so many after it, as Unix nanoseconds."""
    start = min(span.start_unix_nano for span in run.order) + minutes[0] * _MINUTE_NS
    end = max(span.end_unix_nano for span in run.order) + minutes[1] * _MINUTE_NS
    return start, end


def edges(run: RealRun) -> set[tuple[str, str]]:
    """The pairs of client and server that Prometheus knows."""
    series = run.stack.prometheus.query("traces_service_graph_request_total")
    return {(one["metric"]["client"], one["metric"]["server"]) for one in series}


def spans_in_tempo(run: RealRun, trace_id: str) -> int:
    """The number of spans that Tempo has of a trace."""
    answer = httpx.get(f"{run.stack.tempo.http}/api/v2/traces/{trace_id}", timeout=30)
    if answer.status_code == httpx.codes.NOT_FOUND:
        return 0
    blocks = answer.json()["trace"]["resourceSpans"]
    return sum(len(scoped["spans"]) for block in blocks for scoped in block["scopeSpans"])


def of_a_dashboard(run: RealRun, query: Query) -> int:
    """How much a panel's query finds when a viewer has chosen the order and its user."""
    trace_id = run.result.order_trace_id
    text = filled(query.text, **_chosen(run, query.dashboard))
    if query.kind == "tempo":
        return spans_in_tempo(run, trace_id) if text == trace_id else _traces(run, text)
    if query.how == "lines":
        return len(lines(run, text))
    return _series(run, text, query.source, instant=query.how == "instant")


def _of_operations(run: RealRun, question: Question) -> int:
    """How much somebody finds who follows a runbook or an alert's link after the incidents."""
    kind, _, name = question.name.partition(": ")
    text = question.query
    if kind == "runbook":
        (asked,) = (one for one in runbooks.queries("logql", "traceql") if one.name == name)
        text = asked.filled(**_looked_for(run))
    if question.to == "tempo":
        return _traces(run, text)
    return len(lines(run, text)) if text.startswith("{") else _series(run, text, instant=True)


def _looked_for(run: RealRun) -> dict[str, str]:
    """What stands in a runbook in capitals: the gateway, and what it met in the incidents."""
    return {
        "SERVICE": "gateway",
        "TYPE": "services.gateway.dependency.DependencyError",
        "PATTERN": "order (placed|accepted)",
        "USER": run.user_id,
    }


def _series(run: RealRun, logql: str, source: str = "loki", *, instant: bool) -> int:
    """The number of series of a metric query, as of the end of the run whenever it is asked."""
    if instant:
        return len(_loki(run, "query", source, query=logql, time=run.end_ns)["result"])
    start, end = run.end_ns - 60 * _MINUTE_NS, run.end_ns
    return len(_loki(run, "query_range", source, query=logql, start=start, end=end)["result"])


def _chosen(run: RealRun, dashboard: str) -> dict[str, str]:
    order = {"trace_id": run.result.order_trace_id}
    if dashboard != "log-viewer":
        return order
    viewer = {"service": "gateway", "severity": "INFO", "text": "ORDER", "user": run.user_id}
    return {**order, **viewer}


def _traces(run: RealRun, traceql: str) -> int:
    start, end = (at // 10**9 for at in _around(run, _WHOLE_RANGE))
    wanted: dict[str, str | int] = {"q": traceql, "start": start, "end": end}
    answer = httpx.get(f"{run.stack.tempo.http}/api/search", params=wanted, timeout=30)
    answer.raise_for_status()
    return len(answer.json()["traces"])


def _services(run: RealRun, _question: Question) -> int:
    return len(_loki(run, "label/service_name/values"))


def _loki(run: RealRun, what: str, source: str = "loki", **parameters: str | int) -> Any:
    answer = httpx.get(
        f"{run.stack.loki.http}/loki/api/v1/{what}",
        params=parameters,
        headers=headers(source),
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["data"]


def _trace_of_a_line(run: RealRun, _question: Question) -> int:
    (derived,) = sources()["loki"]["derivedFields"]
    assert derived["matcherType"] == "label"
    uid = _first_of_the_order(run).uid
    every = lines(run, '{service_name="gateway"}')
    line = next(one for one in every if one["labels"]["log_record_uid"] == uid)
    # Grafana takes the first label whose name the pattern is found in.
    values = [
        value for name, value in line["labels"].items() if re.search(derived["matcherRegex"], name)
    ]
    return spans_in_tempo(run, derived["url"].replace("${__value.raw}", values[0]))


def _lines_of_a_span(run: RealRun, _question: Question) -> int:
    link = sources()["tempo"]["tracesToLogsV2"]
    shift = _minutes(link["spanStartTimeShift"]), _minutes(link["spanEndTimeShift"])
    found = 0
    for span in {span.service: span for span in run.order}.values():
        query = link["query"].replace("${__tags}", _tags(link["tags"], span))
        query = query.replace("${__trace.traceId}", span.trace_id)
        found += len(lines(run, query, shift))
    return found


def _metrics(run: RealRun, question: Question) -> int:
    tags = sources()["tempo"]["tracesToMetrics"]["tags"]
    root = next(span for span in run.order if span.parent_span_id is None)
    query = question.query.replace("$__tags", _tags(tags, root)).replace("$__range", "5m")
    # However long the tests before this one took, it is asked about the run.
    at = min(time.time(), run.end_ns / 10**9 + _LATER_SECONDS)
    values = [float(one["value"][1]) for one in run.stack.prometheus.query(query, at)]
    return sum(value > 0 and not math.isnan(value) for value in values)


def _trace_of_an_exemplar(run: RealRun, _question: Question) -> int:
    (link,) = sources()["prometheus"]["exemplarTraceIdDestinations"]
    mine = {step.trace_id for step in run.result.steps}
    exemplars = run.stack.prometheus.exemplars(SPAN_METRICS)
    linked = mine & {exemplar["labels"].get(link["name"]) for exemplar in exemplars}
    return sum(spans_in_tempo(run, trace_id) for trace_id in linked)


def _field(run: RealRun, question: Question) -> int:
    field = next(one for one in FIELDS if field_query(one) == question.query)
    query = question.query.replace("$trace", run.result.order_trace_id)
    return len(lines(run, query.replace("$value", _sent(run)[field.asked])))


def _sent(run: RealRun) -> dict[str, str]:
    """What the scenario sent, or the services answered, for each field."""
    root = next(span for span in run.order if span.parent_span_id is None)
    received = next(span for span in run.order if span.kind == "CONSUMER")
    return {
        "level": "INFO",
        "level as a number": "9",
        "msg": _first_of_the_order(run).body,
        "serviceId": "gateway",
        "requestId": run.result.order_trace_id,
        "requestId: the operation": root.span_id,
        "requestId: the caller's own": REQUEST_ID,
        "userId": run.user_id,
        "userId: a role": "user",
        "path": "/orders",
        "path: the route": "/orders",
        "method": "POST",
        "clientIp": "127.0.0.1",
        "userAgent": f"python-httpx/{httpx.__version__}",
        "component": "uvicorn.access",
        "additionalContext": "lamp",
        "additionalContext: the event": "http.server.request.started",
        "destination of a message": received.attributes["messaging.destination.name"],
        "ID of a message": received.attributes["messaging.message.id"],
    }


def _first_of_the_order(run: RealRun) -> LogRecord:
    records = run.store.trace(run.result.order_trace_id).logs
    return next(record for record in records if record.attributes.get("order.item") == "lamp")


def _tags(tags: list[dict[str, str]], span: Span) -> str:
    attributes = {**span.resource, **span.attributes}
    filled = (f'{tag["value"]}="{attributes[tag["key"]]}"' for tag in tags)
    return ", ".join(filled)


def _minutes(shift: str) -> int:
    match = _SHIFT.fullmatch(shift)
    assert match, shift
    return int(match[1])
