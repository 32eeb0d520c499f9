"""Events: the queues, and what becomes of the messages in them."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from alerting.catalogue import Queues
from grafana.board import board
from grafana.panels import About, AnyPanel, Column, graph, log_lines, rows, stacked
from grafana.targets import JOB, lines, logql_now, promql
from grafana.variables import service_with_metrics

QUEUE = "messaging_destination_name"


def events() -> Dashboard:
    """The event queue."""
    return board(
        "event-queue",
        "Event queue",
        "Do messages wait, fail or pile up, and what does handling them cost?",
        [service_with_metrics()],
        [*_waiting(), *_handled(), *_batches(), *_given_up()],
    )


def quantile(metric: str, by: str = "") -> str:
    """PromQL for the 95th percentile of a histogram."""
    labels = ", ".join(["le", *([by] if by else [])])
    return f"histogram_quantile(0.95, sum by ({labels}) ({rate(f'{metric}_bucket')}))"


def rate(metric: str) -> str:
    """PromQL for a counter's rate in the chosen services."""
    return f"rate({metric}{{{JOB}}}[$__rate_interval])"


def _waiting() -> list[AnyPanel]:
    return [
        graph(
            About(
                "Messages that wait",
                "By queue, as the broker counts them. One that grows has a consumer that is slow "
                "or away; anything in a dead-letter queue was given up.",
                "short",
                width=8,
            ),
            promql(
                f"max by ({QUEUE}) (event_queue_length{{{JOB}}})", "{{messaging_destination_name}}"
            ),
            alert_above=Queues().length,
        ),
        graph(
            About(
                "Waiting time",
                "From publication to delivery, the 95th percentile.",
                "s",
                width=8,
            ),
            promql(quantile("event_queue_wait_seconds", QUEUE), "{{messaging_destination_name}}"),
        ),
        graph(
            About("Lag", "How long the newest delivery had waited.", "s", width=8),
            promql(
                f"max by ({QUEUE}) (event_consumer_lag_seconds{{{JOB}}})",
                "{{messaging_destination_name}}",
            ),
            alert_above=Queues().wait,
        ),
    ]


def _handled() -> list[AnyPanel]:
    sent = f"sum by ({QUEUE}) ({rate('messaging_client_sent_messages_total')})"
    taken = f"sum by ({QUEUE}) ({rate('messaging_client_consumed_messages_total')})"
    outcome = "event_type, event_outcome"
    return [
        stacked(
            About(
                "Events by outcome",
                "Done, failed, retried, dead-lettered or told apart as repeated, a second.",
                "cps",
                width=8,
            ),
            promql(
                f"sum by ({outcome}) ({rate('event_processed_total')})",
                "{{event_type}} {{event_outcome}}",
            ),
        ),
        graph(
            About(
                "Handling time",
                "Of one message, the 95th percentile by queue.",
                "s",
                width=8,
            ),
            promql(
                quantile("messaging_process_duration_seconds", QUEUE),
                "{{messaging_destination_name}}",
            ),
        ),
        graph(
            About(
                "Messages sent and delivered",
                "A second: to exchanges, and from queues. Both alike is a system that keeps up.",
                "cps",
                width=8,
            ),
            promql(sent, "to {{messaging_destination_name}}"),
            promql(taken, "from {{messaging_destination_name}}"),
        ),
    ]


def _batches() -> list[AnyPanel]:
    busy = f"sum by (job, cpu_mode) ({rate('process_cpu_time_seconds_total')})"
    return [
        graph(
            About("Batch size", "Events in a batch, the 95th percentile.", "short", width=6),
            promql(quantile("event_batch_size"), "events"),
        ),
        graph(
            About("Batch time", "How long a batch took, the 95th percentile.", "s", width=6),
            promql(quantile("event_batch_duration_seconds"), "seconds"),
        ),
        stacked(
            About("CPU", "Processors kept busy by the event service.", "short", width=6),
            promql(busy, "{{job}} {{cpu_mode}}"),
        ),
        graph(
            About("Memory", "Resident memory of the event service.", "bytes", width=6),
            promql(f"max by (job) (process_memory_usage_bytes{{{JOB}}})", "{{job}}"),
        ),
    ]


def _given_up() -> list[AnyPanel]:
    given_up = '{service_name=~"$service"} | event_name=~`event\\.(dead_lettered|retried)`'
    return [
        rows(
            About(
                "Given up or tried again",
                "Events by type and by what was wrong, in the time range.",
                "short",
                height=10,
            ),
            {
                "event_name": Column("What"),
                "event_type": Column("Event"),
                "error_type": Column("Why"),
                "Value #A": Column("Events"),
            },
            logql_now(
                "sum by (event_name, event_type, error_type) "
                f"(count_over_time({given_up} [$__range]))"
            ),
        ),
        log_lines(
            About(
                "Lines of those",
                "The lines themselves; each leads to its trace.",
                height=10,
            ),
            lines(given_up),
        ),
    ]
