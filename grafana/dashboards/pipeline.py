"""Pipeline health: what is lost, what waits, and what redaction does, on every layer."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.panels import About, AnyPanel, Column, graph, number, rows, stacked
from grafana.targets import JOB, promql, promql_now
from grafana.variables import service_with_metrics

SIGNALS = {"log records": "log_records", "spans": "spans", "points": "metric_points"}
NONE_YET = "or vector(0)"
"""For counters that appear with the first thing counted."""


def pipeline() -> Dashboard:
    """The health of telemetry itself."""
    return board(
        "pipeline-health",
        "Pipeline health",
        "Does telemetry arrive, is any of it lost, and is everything masked by the newest rules?",
        [service_with_metrics()],
        [*_lost(), *_collector(), *_redaction(), *_resources()],
    )


def rate(metric: str, by: str) -> str:
    """PromQL for a counter's rate by a label."""
    return f"sum by ({by}) (rate({metric}[$__rate_interval]))"


def _lost() -> list[AnyPanel]:
    dropped = f"increase(otlog_log_dropped_total{{{JOB}}}[$__range])"
    spans = f"increase(otlog_span_dropped_total{{{JOB}}}[$__range])"
    refused = " + ".join(
        f"sum(increase(otelcol_receiver_refused_{signal}_total[$__range]))"
        for signal in SIGNALS.values()
    )
    failed = " + ".join(
        f"sum(increase(otelcol_exporter_send_failed_{signal}_total[$__range]))"
        for signal in SIGNALS.values()
    )
    told = {
        "Records dropped": (
            "Log records that a process gave up in the time range.",
            f"sum({dropped})",
        ),
        "Spans dropped": ("Spans that a process gave up in the time range.", f"sum({spans})"),
        "Refused": (
            "Items that the Collector did not take in the time range: its memory was full.",
            refused,
        ),
        "Failed to send": ("Items that the Collector gave up in the time range.", failed),
        "Redaction failures": (
            "Values and records masked as a whole in the time range because redaction failed.",
            f"sum(increase(otlog_redaction_failures_total{{{JOB}}}[$__range]))",
        ),
        "Own errors": (
            "Failures of the library itself, counted since each process started.",
            f"sum(otlog_self_errors_total{{{JOB}}}) {NONE_YET}",
        ),
    }
    return [
        number(
            About(title, f"{description} None is right.", "short", 4, 4),
            promql(query, title),
            alert_above=1,
        )
        for title, (description, query) in told.items()
    ]


def _collector() -> list[AnyPanel]:
    accepted = [
        promql(rate(f"otelcol_receiver_accepted_{signal}_total", "receiver"), f"{name} in")
        for name, signal in SIGNALS.items()
    ]
    sent = [
        promql(
            rate(f"otelcol_exporter_sent_{signal}_total", "exporter"), f"{name} to {{{{exporter}}}}"
        )
        for name, signal in SIGNALS.items()
    ]
    refused = [
        promql(rate(f"otelcol_receiver_refused_{signal}_total", "receiver"), f"{name} refused")
        for name, signal in SIGNALS.items()
    ]
    failed = [
        promql(
            rate(f"otelcol_exporter_send_failed_{signal}_total", "exporter"),
            f"{name} not sent to {{{{exporter}}}}",
        )
        for name, signal in SIGNALS.items()
    ]
    full = "otelcol_exporter_queue_size / otelcol_exporter_queue_capacity"
    return [
        graph(
            About("Taken in", "Items a second that the Collector accepted.", "cps", 6), *accepted
        ),
        graph(About("Handed on", "Items a second, by exporter.", "cps", 6), *sent),
        graph(
            About(
                "Refused or not sent",
                "Items a second. Senders keep what was refused; what was not sent is tried "
                "again as long as the queue has room.",
                "cps",
                6,
            ),
            *refused,
            *failed,
        ),
        graph(
            About(
                "Queue",
                "How full each exporter's queue on disk is: it fills while a backend is away.",
                "percentunit",
                6,
            ),
            promql(f"max by (exporter, data_type) ({full})", "{{exporter}} {{data_type}}"),
            alert_above=0.2,
        ),
    ]


def _redaction() -> list[AnyPanel]:
    by_process = rate(f"otlog_redaction_redactions_total{{{JOB}}}", "rule")
    by_collector = (
        "sum by (service_name, otlog_signal) "
        '(otlog_collector_redactions_total{service_name=~"$service"})'
    )
    rules = f"sum by (job, version) (otlog_redaction_policy_info_ratio{{{JOB}}} == 1)"
    of_collector = 'max by (job, otlog_policy_version) (target_info{otlog_policy_version!=""})'
    return [
        stacked(
            About(
                "Masked in the processes",
                "Values a second, by rule: the first layer.",
                "cps",
                8,
            ),
            promql(by_process, "{{rule}}"),
        ),
        stacked(
            About(
                "Masked by the Collector only",
                "Items, since the Collector started, in which the second layer found what the "
                "process had left: a service without our library, or rules out of step.",
                "short",
                8,
            ),
            promql(f"{by_collector} {NONE_YET}", "{{service_name}} {{otlog_signal}}"),
        ),
        rows(
            About(
                "Versions of the rules",
                "In force in each process and in the Collector, with the number of processes. "
                "All alike is right.",
                "short",
                8,
            ),
            {
                "job": Column("Where"),
                "version": Column("In the process"),
                "otlog_policy_version": Column("In the Collector"),
                "Value #A": Column("Processes"),
                "Value #B": Column("Collectors"),
            },
            promql_now(rules),
            promql_now(of_collector),
        ),
    ]


def _resources() -> list[AnyPanel]:
    dropped = rate(f"otlog_log_dropped_total{{{JOB}}}", "job, severity, reason")
    reloads = f"sum by (job, result) (otlog_redaction_policy_reloads_total{{{JOB}}})"
    return [
        graph(
            About(
                "Records dropped",
                "A second, by service, severity and reason: the lowest severities go first.",
                "cps",
                6,
            ),
            promql(dropped, "{{job}} {{severity}} {{reason}}"),
        ),
        graph(
            About("Records that wait", "In the memory of each process.", "short", 6),
            promql(f"max by (job) (otlog_log_queue_size{{{JOB}}})", "{{job}}"),
        ),
        graph(
            About(
                "Rules read again",
                "Readings of the policy since the process started, by result; a refused file "
                "leaves the old rules.",
                "short",
                6,
            ),
            promql(f"{reloads} {NONE_YET}", "{{job}} {{result}}"),
        ),
        graph(
            About("Memory of the Collector", "Resident memory.", "bytes", 6),
            promql("max by (job) (otelcol_process_memory_rss_bytes)", "{{job}}"),
        ),
    ]
