"""Redaction in the services, and behind them."""

from __future__ import annotations

from tests.alerting.case import Case, collected, first, metric, step

CASES = [
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
