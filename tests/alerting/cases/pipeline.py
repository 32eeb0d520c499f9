"""The telemetry pipeline itself."""

from __future__ import annotations

from tests.alerting.case import Case, collected, first, metric, raised

_SELF = {"job": "collector", "instance": "collector:8888"}
_QUEUE = {**_SELF, "exporter": "otlp_http/loki", "data_type": "logs"}


def _up(job: str) -> str:
    return collected("up", job=job, instance="a")


def _own(name: str) -> str:
    return collected(name, **_SELF)


def _version(version: str) -> str:
    return metric("otlog_redaction_policy_info_ratio", version=version)


CASES = [
    Case(
        alert="CollectorDown",
        service="telemetry",
        trouble={_up("collector"): raised(0, otherwise=1)},
        quiet={_up("collector"): "1x90"},
        labels=_SELF | {"instance": "a"},
    ),
    Case(
        alert="TelemetryStopped",
        service="telemetry",
        trouble={_own("otelcol_receiver_accepted_log_records_total"): "0+5x10 50x30 50+5x60"},
        quiet={_own("otelcol_receiver_accepted_log_records_total"): "0+1x90"},
        fires=28,
        before=9,
        after=60,
    ),
    Case(
        alert="CollectorRefusing",
        service="telemetry",
        trouble={_own("otelcol_receiver_refused_spans_total"): first(12)},
        quiet={_own("otelcol_receiver_refused_spans_total"): "0x90"},
        bad="12",
    ),
    Case(
        alert="CollectorQueueFilling",
        service="telemetry",
        trouble={
            collected("otelcol_exporter_queue_size", **_QUEUE): raised(300),
            collected("otelcol_exporter_queue_capacity", **_QUEUE): "1000x90",
        },
        quiet={
            collected("otelcol_exporter_queue_size", **_QUEUE): raised(200),
            collected("otelcol_exporter_queue_capacity", **_QUEUE): "1000x90",
        },
        labels={"exporter": "otlp_http/loki", "data_type": "logs"},
        bad="30%",
    ),
    Case(
        alert="CollectorDropping",
        service="telemetry",
        trouble={
            _own("otelcol_exporter_send_failed_log_records_total"): first(3),
            _own("otelcol_exporter_enqueue_failed_spans_total"): first(2),
        },
        quiet={_own("otelcol_exporter_send_failed_log_records_total"): "0x90"},
        bad="5",
    ),
    Case(
        alert="BackendDown",
        service="telemetry",
        trouble={_up("loki"): raised(0, otherwise=1)},
        quiet={_up("loki"): "1x90", _up("somebody"): "0x90"},
        labels={"job": "loki", "instance": "a"},
    ),
    Case(
        alert="DiskFilling",
        service="telemetry",
        trouble={
            collected("system_filesystem_utilization_ratio", mountpoint="/var"): raised(0.95, 0.5)
        },
        quiet={collected("system_filesystem_utilization_ratio", mountpoint="/var"): "0.9x90"},
        labels={"mountpoint": "/var"},
        bad="95%",
    ),
    Case(
        alert="PolicyVersionsDiffer",
        service="telemetry",
        trouble={
            _version("old"): "1x30 0x60",
            collected("target_info", **_SELF, otlog_policy_version="new"): "1x90",
            _version("new"): "_x30 1x60",
        },
        quiet={
            _version("new"): "1x90",
            collected("target_info", **_SELF, otlog_policy_version="new"): "1x90",
            # What ended does not count, though its last value is still shown.
            metric("otlog_redaction_policy_info_ratio", version="old", instance="ended"): "1x90",
        },
        bad="2",
        before=5,
    ),
    Case(
        alert="NotificationsFailing",
        service="telemetry",
        trouble={
            collected("alertmanager_notifications_failed_total", integration="slack"): first(2)
        },
        quiet={collected("alertmanager_notifications_failed_total", integration="slack"): "0x90"},
        labels={"integration": "slack"},
        bad="2",
    ),
    Case(
        alert="RulesFailing",
        service="telemetry",
        trouble={collected("prometheus_rule_evaluation_failures_total", rule_group="a"): first(4)},
        quiet={collected("prometheus_rule_evaluation_failures_total", rule_group="a"): "0x90"},
        bad="4",
    ),
    Case(
        alert="ConfigurationRefused",
        service="telemetry",
        trouble={
            collected("prometheus_config_last_reload_successful", job="prometheus"): raised(
                0, otherwise=1
            )
        },
        quiet={collected("prometheus_config_last_reload_successful", job="prometheus"): "1x90"},
        labels={"job": "prometheus"},
    ),
]
