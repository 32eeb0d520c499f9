"""Log lines, found by service, severity, text, user and trace."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.links import explore
from grafana.panels import About, log_lines, stacked
from grafana.sources import LOKI
from grafana.targets import lines, logql
from grafana.variables import service_with_lines, severity, text

FOUND = (
    '{service_name=~"$service"} | severity_text=~"$severity"'
    " | user_id=~`${user:regex}.*` | trace_id=~`${trace_id:regex}.*` |~ `(?i)${text:regex}`"
)
LIVE = (
    '{service_name=~"${service:pipe}"} | severity_text=~"${severity:pipe}"'
    " | user_id=~`${user}.*` | trace_id=~`${trace_id}.*` |~ `(?i)${text}`"
)


def logs() -> Dashboard:
    """The log viewer."""
    made = board(
        "log-viewer",
        "Logs",
        "What did the services write, by service, severity, text, user and trace?",
        [
            service_with_lines(),
            severity(),
            text("text", "Text", "Part of the message, in small or capital letters."),
            text("user", "User ID", "The first characters of `user.id`."),
            text("trace_id", "Trace ID", "The first digits of a trace ID, as in X-Trace-Id."),
        ],
        [
            stacked(
                About(
                    "Lines by severity",
                    "How many lines match, by severity: a peak shows when something happened.",
                    "short",
                    height=6,
                ),
                logql(
                    f"sum by (severity_text) (count_over_time({FOUND} [$__interval]))",
                    "{{severity_text}}",
                ),
            ),
            stacked(
                About(
                    "Lines by service",
                    "How many lines match, by service.",
                    "short",
                    height=6,
                ),
                logql(
                    f"sum by (service_name) (count_over_time({FOUND} [$__interval]))",
                    "{{service_name}}",
                ),
            ),
            log_lines(
                About(
                    "Lines",
                    "The newest lines that match. Open one for its attributes; `trace_id` there "
                    "leads to its trace. Follow live, above, streams them.",
                    width=24,
                    height=22,
                ),
                lines(FOUND),
            ),
        ],
    )
    tooltip = "The same query in Explore, whose button Live streams new lines."
    return made.refresh("10s").link(explore("Follow live", tooltip, LOKI, LIVE))
