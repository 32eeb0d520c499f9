"""Texts that the services' owners look for."""

from __future__ import annotations

from tests.alerting.case import Case, collected, first

CASES = [
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
]
