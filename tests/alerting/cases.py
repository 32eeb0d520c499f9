"""For each alert: series that make it fire and stop again, and series that nearly do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Series = Mapping[str, str]
"""Values by selector, one a minute, as promtool writes them (`1x3` is `1 1 1 1`, `_` is none)."""

LIVES = "0+60x90"
"""A heartbeat; a promtool test begins at 1970."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One alert of one service.

    Attributes:
        alert: its name.
        service: whose it is.
        trouble: series that make it fire, and then no longer.
        quiet: series of something that looks alike, and never makes it fire.
        bad: what `$value` reads as in the message.
        labels: labels beyond those that every alert of the service has.
        before, fires, after: minutes at which it is quiet, fires, and is quiet again.
    """

    alert: str
    service: str
    trouble: Series
    quiet: Series
    bad: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    before: int = 15
    fires: int = 21
    after: int = 50


def metric(name: str, service: str = "gateway", **labels: str) -> str:
    """A selector of what a process of a service measures."""
    everything = {"job": f"shop/{service}", "instance": "a", **labels}
    return _selector(name, everything)


def collected(name: str, **labels: str) -> str:
    """A selector of what is not measured by a process of a service."""
    return _selector(name, labels)


def records(severity: str, service: str = "gateway", **labels: str) -> str:
    """A selector of a service's count of records."""
    return metric("otlog_log_records_total", service, severity=severity, **labels)


def beat(service: str, instance: str = "a") -> str:
    """A selector of a service's heartbeat."""
    return metric("otlog_heartbeat_seconds", service, instance=instance)


def _selector(name: str, labels: Mapping[str, str]) -> str:
    return name + "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def first(count: int) -> str:
    """A counter that is born at minute 21 with a count."""
    return f"_x20 {count}x70"


def step(count: int) -> str:
    """A counter that goes from 0 to a count at minute 21."""
    return f"0x20 {count}x70"


def raised(value: float, otherwise: float = 0) -> str:
    """A gauge that has a value from minute 16 to minute 31."""
    return f"{otherwise}x15 {value}x15 {otherwise}x60"


SERVED = {"http_route": "/orders"}
_ANSWERS = "http_server_request_duration_seconds_count"
_BUCKETS = "http_server_request_duration_seconds_bucket"
_PEER = {"server_address": "auth-service", "server_port": "8000"}


def buckets(slow: str, fast: str) -> Series:
    """A histogram of one route: all requests, and those that took up to a second."""
    return {
        metric(_BUCKETS, le="1", **SERVED): fast,
        metric(_BUCKETS, le="5", **SERVED): slow,
        metric(_BUCKETS, le="+Inf", **SERVED): slow,
        metric(_ANSWERS, http_response_status_code="200", **SERVED): slow,
    }


OF_SERVICES = [
    Case(
        alert="HeartbeatMissing",
        service="gateway",
        # The Collector goes on showing the last value; then a new process starts.
        trouble={beat("gateway"): "0+60x20 1200x70", beat("gateway", "b"): "_x29 1800+60x60"},
        # One of two processes ended: the service lives.
        quiet={beat("gateway"): "0+60x20 1200x70", beat("gateway", "b"): LIVES},
        bad="4m 0s",
        fires=24,
    ),
    Case(
        alert="ServiceAbsent",
        service="gateway",
        trouble={beat("gateway"): "0+60x20 _x20 2460+60x60"},
        quiet={beat("gateway"): "0+60x20 _x6 1620+60x60"},
        fires=37,
    ),
    Case(
        alert="ClockSkewed",
        service="gateway",
        trouble={beat("gateway"): "-120+60x30 1860+60x60"},
        # What it takes to export and to scrape is no skew.
        quiet={beat("gateway"): "-30+60x90"},
        bad="2m 0s",
        before=4,
    ),
    Case(
        alert="TelemetryDropped",
        service="gateway",
        trouble={metric("otlog_span_dropped_total", reason="queue_full"): first(7)},
        quiet={metric("otlog_span_dropped_total", reason="queue_full"): "0x90"},
        bad="7",
    ),
    Case(
        alert="ErrorLogged",
        service="gateway",
        trouble={records("ERROR"): step(1)},
        quiet={records("WARN"): "0+100x90"},
        bad="1",
    ),
    Case(
        alert="ErrorsFrequent",
        service="gateway",
        trouble={records("ERROR"): first(6), records("FATAL"): first(4)},
        quiet={records("ERROR"): first(9)},
        bad="10",
    ),
    Case(
        alert="ErrorShareHigh",
        service="event-service",
        trouble={
            records("ERROR", "event-service"): first(5),
            records("INFO", "event-service"): first(45),
        },
        quiet={
            records("ERROR", "event-service"): first(4),
            records("INFO", "event-service"): first(6),
        },
        bad="10%",
    ),
    Case(
        alert="FatalLogged",
        service="auth-service",
        trouble={records("FATAL", "auth-service"): step(1)},
        quiet={records("ERROR", "auth-service"): step(1)},
        bad="1",
    ),
    Case(
        alert="NewErrorType",
        service="gateway",
        trouble={
            collected(
                "otlog_collector_errors_total", service_name="gateway", exception_type="KeyError"
            ): first(2)
        },
        # Known: the Collector was away for a while, and counts anew.
        quiet={
            collected(
                "otlog_collector_errors_total", service_name="gateway", exception_type="KeyError"
            ): "1x1 _x40 1x50"
        },
        labels={"exception_type": "KeyError"},
        bad="2",
    ),
    Case(
        alert="RequestsFailing",
        service="gateway",
        trouble={
            metric(_ANSWERS, http_response_status_code="503", **SERVED): first(3),
            metric(_ANSWERS, http_response_status_code="200", **SERVED): first(27),
        },
        quiet={
            metric(_ANSWERS, http_response_status_code="404", **SERVED): first(30),
            metric(_ANSWERS, http_response_status_code="503", http_route="/healthz"): first(30),
        },
        labels=SERVED,
        bad="10%",
    ),
    Case(
        alert="LatencyHigh",
        service="gateway",
        trouble=buckets(slow=first(100), fast="_x20 0x70"),
        quiet=buckets(slow=first(100), fast=first(96)),
        labels=SERVED,
        bad="4.8s",
        fires=23,
    ),
    Case(
        alert="DependencyFailing",
        service="gateway",
        trouble={
            collected(
                "otlog_collector_dependency_failures_total", service_name="gateway", **_PEER
            ): first(5)
        },
        quiet={
            collected(
                "otlog_collector_dependency_failures_total", service_name="gateway", **_PEER
            ): first(4)
        },
        labels=_PEER,
        bad="5",
    ),
    Case(
        alert="PatternFound",
        service="event-service",
        trouble={
            collected(
                "otlog_collector_pattern_broker_away_total", service_name="event-service"
            ): first(4)
        },
        quiet={
            collected(
                "otlog_collector_pattern_broker_away_total", service_name="somebody-else"
            ): first(4)
        },
        bad="4",
    ),
    Case(
        alert="SecretsCaught",
        service="gateway",
        trouble={
            collected(
                "otlog_collector_redactions_total", service_name="gateway", otlog_signal="logs"
            ): first(2)
        },
        quiet={
            collected(
                "otlog_collector_redactions_total", service_name="gateway", otlog_signal="logs"
            ): "5x90"
        },
        labels={"otlog_signal": "logs"},
        bad="2",
    ),
    Case(
        alert="RedactionFailing",
        service="gateway",
        trouble={metric("otlog_redaction_failures_total"): step(1)},
        quiet={metric("otlog_redaction_failures_total"): "0x90"},
        bad="1",
    ),
    Case(
        alert="PolicyRefused",
        service="gateway",
        trouble={metric("otlog_redaction_policy_reloads_total", result="refused"): first(1)},
        quiet={metric("otlog_redaction_policy_reloads_total", result="applied"): first(1)},
        bad="1",
    ),
]


def _event(name: str, outcome: str = "") -> str:
    more = {"event_outcome": outcome} if outcome else {}
    return records("WARN", "auth-service", otel_event_name=name, **more)


OF_AUTHENTICATION = [
    Case(
        alert="AttackSuspected",
        service="auth-service",
        trouble={_event("auth.attack.suspected"): first(1)},
        quiet={_event("auth.login", "failure"): first(9)},
        bad="1",
    ),
    Case(
        alert="LoginsFailing",
        service="auth-service",
        trouble={_event("auth.login", "failure"): first(30)},
        quiet={
            _event("auth.login", "failure"): first(29),
            _event("auth.login", "success"): first(500),
        },
        bad="30",
    ),
    Case(
        alert="AccountsLocked",
        service="auth-service",
        trouble={_event("auth.account.locked"): first(3)},
        quiet={_event("auth.account.locked"): first(2)},
        bad="3",
    ),
    Case(
        alert="TokenReused",
        service="auth-service",
        trouble={_event("auth.token.reuse_detected"): first(1)},
        quiet={_event("auth.token.refreshed", "success"): first(50)},
        bad="1",
    ),
    Case(
        alert="AdministrationRefused",
        service="auth-service",
        trouble={_event("admin.action", "failure"): first(1)},
        quiet={_event("admin.action", "success"): first(50)},
        bad="1",
    ),
]


def _queue(name: str, queue: str = "events.orders", instance: str = "a") -> str:
    return metric(name, "event-service", messaging_destination_name=queue, instance=instance)


OF_QUEUES = [
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
