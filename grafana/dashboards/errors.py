"""Errors: how many, of which type, why, since when, and an example of each."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from alerting.catalogue import Thresholds
from grafana.board import board
from grafana.panels import TRACE, About, AnyPanel, Column, alerts, graph, log_lines, rows, stacked
from grafana.targets import JOB, grown, lines, logql_now, promql, promql_now
from grafana.variables import service_with_metrics, severity

ERRORS = '{service_name=~"$service"} | severity_text=~"$severity"'
TYPE = "service_name, error_type, exception_type"
SEEN = (
    f"{ERRORS} | label_format seen=`{{{{ __timestamp__ | unixEpochMillis }}}}`"
    " | unwrap seen [$__range]"
)
# The first exception of a chain is the one that the others were raised from.
CAUSED = (
    f'{ERRORS} | exception_type!="" | line_format `{{{{ .exception_stacktrace }}}}`'
    r" | regexp `(?s)^[^\n]*\n(?:[ \t][^\n]*\n)+(?P<cause>[A-Za-z_][\w.]*)` [$__range]"
)
WHOSE = "service_name, service_peer_name, gateway_error_class, exception_type, cause"


def errors() -> Dashboard:
    """Errors by time, service, type and cause."""
    return board(
        "errors",
        "Errors",
        "What fails, how often, why, since when, and in which trace can it be seen?",
        [service_with_metrics(), severity("ERROR", "FATAL")],
        [*_frequency(), _types(), _causes(), _refused(), _firing(), _newest()],
    )


def _frequency() -> list[AnyPanel]:
    records = "otlog_log_records_total"
    counted = f'sum by (job) (rate({records}{{{JOB}, severity=~"$severity"}}[$__rate_interval]))'
    every = f"sum by (job) (rate({records}{{{JOB}}}[$__rate_interval]))"
    failed = 'traces_spanmetrics_calls_total{service=~"$service", status_code="STATUS_CODE_ERROR"}'
    return [
        stacked(
            About(
                "Errors by service",
                "Records of the chosen severities a second, as the services count them "
                "themselves: also when log storage is away.",
                "cps",
                width=8,
            ),
            promql(counted, "{{job}}"),
        ),
        graph(
            About(
                "Share of records that are errors",
                "Of all that a service writes, whatever its load. Above the line an alert fires, "
                "unless the service's catalogue entry has another share.",
                "percentunit",
                width=8,
            ),
            promql(f"{counted} / ({every} > 0)", "{{job}}"),
            alert_above=Thresholds().error_share,
        ),
        graph(
            About(
                "Failed operations by step",
                "Spans that ended with an error, a second, by service and operation: the step "
                "that fails. A point leads to a trace.",
                "ops",
                width=8,
            ),
            promql(
                f"sum by (service, span_name) (rate({failed}[$__rate_interval]))",
                "{{service}}: {{span_name}}",
                exemplars=True,
            ),
        ),
    ]


def _types() -> AnyPanel:
    newest = f"max_over_time({SEEN}) by ({TYPE}, trace_id)"
    return rows(
        About(
            "Types of error",
            "The most frequent first: when each was first and last seen in the time range, and "
            "the trace in which it was seen last.",
            "short",
            width=24,
            height=9,
        ),
        {
            "service_name": Column("Service"),
            "error_type": Column("Error"),
            "exception_type": Column("Exception"),
            "Value #A": Column("Count"),
            "Value #B": Column("First seen", "dateTimeFromNow"),
            "Value #C": Column("Last seen", "dateTimeFromNow"),
            "trace_id": Column(TRACE),
        },
        logql_now(f"sort_desc(sum by ({TYPE}) (count_over_time({ERRORS} [$__range])))"),
        logql_now(f"min_over_time({SEEN}) by ({TYPE})"),
        logql_now(f"topk by ({TYPE}) (1, {newest})"),
    )


def _causes() -> AnyPanel:
    return rows(
        About(
            "Causes",
            "The exception at the root of each chain, whose fault the gateway says it is "
            "(client, dependency or bug), and the service that was asked.",
            "short",
        ),
        {
            "service_name": Column("Service"),
            "gateway_error_class": Column("Class"),
            "service_peer_name": Column("Asked"),
            "exception_type": Column("Exception"),
            "cause": Column("Root cause"),
            "Value #A": Column("Count"),
        },
        logql_now(f"topk(20, sum by ({WHOSE}) (count_over_time({CAUSED})))"),
    )


def _refused() -> AnyPanel:
    served = (
        f'http_server_request_duration_seconds_count{{{JOB}, http_response_status_code=~"[45].."}}'
    )
    by = "job, http_request_method, http_route, http_response_status_code"
    return rows(
        About(
            "Requests answered with 4xx or 5xx",
            "In the time range, by route and status (RFC 9110, section 15).",
            "short",
        ),
        {
            "job": Column("Service"),
            "http_request_method": Column("Method"),
            "http_route": Column("Route"),
            "http_response_status_code": Column("Status"),
            "Value #A": Column("Requests"),
        },
        promql_now(f"topk(20, sum by ({by}) ({grown(served)}) > 0)"),
    )


def _firing() -> AnyPanel:
    return alerts(
        About(
            "Alerts", "What fires for the chosen services, the pipeline's own included.", "short", 8
        ),
        'alertstate="firing", service_name=~"$service|telemetry"',
    )


def _newest() -> AnyPanel:
    return log_lines(
        About(
            "Newest errors",
            "Open a line for its exception and stack trace; `trace_id` leads to its trace.",
            width=16,
            height=8,
        ),
        lines(ERRORS),
    )
