"""Error records of the services."""

from __future__ import annotations

from tests.alerting.case import Case, collected, first, records, step

CASES = [
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
]
