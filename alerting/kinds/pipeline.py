"""The Collector, the backends, and alerting itself."""

from __future__ import annotations

from alerting.pace import MINUTE, Pace
from alerting.promql import ALIVE, WINDOW, total
from alerting.rule import Rule

_SIGNALS = ("log_records", "spans", "metric_points")


def rules(pace: Pace) -> list[Rule]:
    """What belongs to no service."""
    return [*_collector(pace), *_surroundings(), *_alerting(pace)]


def _collector(pace: Pace) -> list[Rule]:
    accepted = f"rate(otelcol_receiver_accepted_log_records_total[{pace(2 * WINDOW)}])"
    lost = _any(("otelcol_exporter_send_failed_", "otelcol_exporter_enqueue_failed_"), pace)
    full = "otelcol_exporter_queue_size / otelcol_exporter_queue_capacity"
    return [
        Rule(
            alert="CollectorDown",
            kind="pipeline",
            severity="critical",
            expr='up{job="collector"} == 0 or absent(up{job="collector"})',
            lasting=MINUTE,
            summary="the Collector does not answer: nothing new is seen of any service",
            bad="services keep what they can meanwhile; alerts on their absence are held back",
        ),
        Rule(
            alert="TelemetryStopped",
            kind="pipeline",
            severity="critical",
            expr=f"sum ({accepted}) == 0",
            lasting=WINDOW,
            summary="the Collector gets no log records from anybody",
            bad="none within 10 minutes",
        ),
        Rule(
            alert="CollectorRefusing",
            kind="pipeline",
            severity="critical",
            expr=f"{_any(('otelcol_receiver_refused_',), pace)} > 0",
            summary="the Collector refuses what services send",
            bad="{{ $value | humanize }} items within 5 minutes; their senders keep them",
        ),
        Rule(
            alert="CollectorQueueFilling",
            kind="pipeline",
            severity="critical",
            expr=f"max by (exporter, data_type) ({full}) > 0.2",
            lasting=MINUTE,
            summary="{{ $labels.data_type }} pile up before {{ $labels.exporter }}",
            bad="its queue is {{ $value | humanizePercentage }} full",
        ),
        Rule(
            alert="CollectorDropping",
            kind="pipeline",
            severity="critical",
            expr=f"{lost} > 0",
            summary="the Collector loses what it accepted",
            bad="{{ $value | humanize }} items within 5 minutes",
        ),
    ]


def _surroundings() -> list[Rule]:
    policies = f"(otlog_redaction_policy_info_ratio == 1 and on (job, instance) {ALIVE})"
    told = 'target_info{job="collector"}'
    collector = f'label_replace({told}, "version", "$1", "otlog_policy_version", "(.+)")'
    return [
        Rule(
            alert="BackendDown",
            kind="pipeline",
            severity="critical",
            expr='up{job=~"loki|tempo|alertmanager"} == 0',
            lasting=MINUTE,
            summary="{{ $labels.job }} does not answer",
            bad="the Collector keeps what is meant for it",
        ),
        Rule(
            alert="DiskFilling",
            kind="pipeline",
            severity="critical",
            expr="max by (mountpoint) (system_filesystem_utilization_ratio) > 0.9",
            lasting=MINUTE,
            summary="the disk at {{ $labels.mountpoint }} fills up",
            bad="{{ $value | humanizePercentage }} are used",
        ),
        Rule(
            alert="PolicyVersionsDiffer",
            kind="redaction",
            severity="warning",
            expr=f"count (count by (version) ({policies} or {collector})) > 1",
            lasting=2 * WINDOW,
            summary="processes or the Collector redact by different rules",
            bad="{{ $value }} versions for more than 10 minutes",
        ),
    ]


def _alerting(pace: Pace) -> list[Rule]:
    undelivered = total("alertmanager_notifications_failed_total", pace, "integration")
    loaded = "{0}_config_last_reload_successful == 0"
    return [
        Rule(
            alert="NotificationsFailing",
            kind="pipeline",
            severity="critical",
            expr=f"{undelivered} > 0",
            summary="messages do not get out by {{ $labels.integration }}",
            bad="{{ $value | humanize }} failed within 5 minutes",
        ),
        Rule(
            alert="RulesFailing",
            kind="pipeline",
            severity="critical",
            expr=f"{total('prometheus_rule_evaluation_failures_total', pace)} > 0",
            summary="Prometheus cannot evaluate some rules",
            bad="{{ $value | humanize }} failures within 5 minutes",
        ),
        Rule(
            alert="ConfigurationRefused",
            kind="pipeline",
            severity="warning",
            expr=" or ".join(loaded.format(name) for name in ("prometheus", "alertmanager")),
            lasting=MINUTE,
            summary="{{ $labels.job }} refused its new configuration, and keeps the old one",
            bad="what was changed is not in force",
        ),
        Rule(
            alert="Watchdog",
            kind="watchdog",
            severity="warning",
            expr="vector(1)",
            summary="alerting works",
            bad="always fires; trouble is when it stops",
        ),
    ]


def _any(prefixes: tuple[str, ...], pace: Pace) -> str:
    names = [f"{prefix}{signal}_total" for prefix in prefixes for signal in _SIGNALS]
    return " + ".join(f"({total(name, pace)} or vector(0))" for name in names)
