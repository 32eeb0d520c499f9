"""Messages that wait, and messages that were given up."""

from __future__ import annotations

from tests.alerting.case import Case, first, metric, raised


def _queue(name: str, queue: str = "events.orders", instance: str = "a") -> str:
    return metric(name, "event-service", messaging_destination_name=queue, instance=instance)


CASES = [
    Case(
        alert="QueueLagging",
        service="event-service",
        trouble={_queue("event_consumer_lag_seconds"): raised(90)},
        # The last value of a process that ended says nothing.
        quiet={
            _queue("event_consumer_lag_seconds", instance="ended"): "90x90",
            metric("otlog_heartbeat_seconds", "event-service", instance="ended"): "0x90",
        },
        labels={"messaging_destination_name": "events.orders"},
        bad="1m 30s",
    ),
    Case(
        alert="QueueLong",
        service="event-service",
        trouble={_queue("event_queue_length"): raised(1500)},
        quiet={_queue("event_queue_length"): "1000x90"},
        labels={"messaging_destination_name": "events.orders"},
        bad="1.5k",
    ),
    Case(
        alert="DeadLettered",
        service="event-service",
        trouble={
            metric(
                "event_processed_total",
                "event-service",
                event_outcome="dead_lettered",
                event_type="order.placed",
            ): first(1)
        },
        quiet={
            metric(
                "event_processed_total",
                "event-service",
                event_outcome="done",
                event_type="order.placed",
            ): first(50)
        },
        labels={"event_type": "order.placed"},
        bad="1",
    ),
    Case(
        alert="DeadLettersWaiting",
        service="event-service",
        trouble={
            _queue("event_queue_length", "events.orders.dead-letter"): "0x5 2x70 0x15",
        },
        quiet={_queue("event_queue_length", "events.orders"): "2x90"},
        labels={"messaging_destination_name": "events.orders.dead-letter"},
        bad="2",
        fires=70,
        after=85,
    ),
]
