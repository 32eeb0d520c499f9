"""Requests that fail or take too long, answered and made."""

from __future__ import annotations

from alerting.catalogue import Entry
from alerting.pace import MINUTE, Pace
from alerting.promql import WINDOW, counted, grown, of, total
from alerting.rule import Rule

_ANSWERED = "http_server_request_duration_seconds"
_SERVED = 'http_route!="/healthz"'
_FEW = 3
"""Requests below which a share or a percentile says nothing."""


def rules(entry: Entry, pace: Pace) -> list[Rule]:
    """Answers of 500 and above, slow answers, and other services that fail."""
    limits = entry.thresholds
    everything = total(of(entry, f"{_ANSWERED}_count", _SERVED), pace, "http_route")
    failed = of(entry, f"{_ANSWERED}_count", _SERVED, 'http_response_status_code=~"5.."')
    failures = total(failed, pace, "http_route")
    unanswered = counted(entry, "otlog_collector_dependency_failures_total")
    buckets = grown(of(entry, f"{_ANSWERED}_bucket", _SERVED), pace)
    slowest = f"histogram_quantile(0.95, sum by (le, http_route) ({buckets}))"
    return [
        Rule(
            alert="RequestsFailing",
            kind="requests",
            severity="critical",
            expr=f"({failures} / {everything} > {limits.failed_share})"
            f" and on (http_route) ({failures} >= {_FEW})",
            keeping=2 * MINUTE,
            summary=f"{entry.service} fails to answer {{{{ $labels.http_route }}}}",
            bad="{{ $value | humanizePercentage }} of its requests within 5 minutes; "
            f"more than {limits.failed_share:.0%} is too many",
        ),
        Rule(
            alert="LatencyHigh",
            kind="requests",
            severity="warning",
            expr=f"({slowest} > {limits.latency:g}) and on (http_route) ({everything} >= {_FEW})",
            lasting=WINDOW / 5,
            summary=f"{entry.service} is slow at {{{{ $labels.http_route }}}}",
            bad="95 of 100 requests take up to {{ $value | humanizeDuration }}; "
            f"{limits.latency:g} s are allowed",
        ),
        Rule(
            alert="DependencyFailing",
            kind="requests",
            severity="critical",
            expr=f"{total(unanswered, pace, 'server_address, server_port')}"
            f" >= {limits.dependency_failures}",
            summary=f"{entry.service} gets no answer from "
            "{{ $labels.server_address }}:{{ $labels.server_port }}",
            bad="{{ $value | humanize }} calls failed within 5 minutes; "
            f"{limits.dependency_failures} are too many",
        ),
    ]
