"""What callers of the services get, and what these get from others."""

from __future__ import annotations

from tests.alerting.case import Case, Series, collected, first, metric

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


CASES = [
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
]
