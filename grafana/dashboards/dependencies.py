"""Dependencies: which service calls which, how often, and how well that goes."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.panels import About, AnyPanel, Column, graph, nodes, rows
from grafana.targets import promql, promql_now, service_map

EDGE = "client, server, connection_type"
REQUESTS = "traces_service_graph_request_total"
SECONDS = "traces_service_graph_request_server_seconds_bucket"


def dependencies() -> Dashboard:
    """The graph of services."""
    return board(
        "dependencies",
        "Dependencies",
        "Who calls whom, through HTTP and through the broker, and which of it is slow or fails?",
        [],
        [_graph(), _table(), *_timelines()],
    )


def _graph() -> AnyPanel:
    return nodes(
        About(
            "Services",
            "Each service with its requests a second and mean latency; the red part of a ring "
            "is the share that fails. `user` is whoever calls from outside.",
            width=14,
            height=18,
        ),
        service_map(),
    )


def _table() -> AnyPanel:
    calls = f"sum by ({EDGE}) (rate({REQUESTS}[$__range]))"
    failed = f'sum by ({EDGE}) (rate({REQUESTS}{{failed="true"}}[$__range]))'
    return rows(
        About(
            "Calls",
            "Each caller and whom it calls over the time range. `messaging_system` is a message "
            "through the broker.",
            "reqps",
            width=10,
            height=18,
        ),
        {
            "client": Column("Caller"),
            "server": Column("Called"),
            "connection_type": Column("Through"),
            "Value #A": Column("Calls a second"),
            "Value #B": Column("Fail", "percentunit"),
            "Value #C": Column("95 % faster than", "s"),
        },
        promql_now(calls),
        promql_now(f"({failed} or {calls} * 0) / ({calls} > 0)"),
        promql_now(f"histogram_quantile(0.95, sum by (le, {EDGE}) (rate({SECONDS}[$__range])))"),
    )


def _timelines() -> list[AnyPanel]:
    edge = "{{client}} → {{server}}"
    failed = f'sum by (client, server) (rate({REQUESTS}{{failed="true"}}[$__rate_interval]))'
    slow = f"sum by (le, client, server) (rate({SECONDS}[$__rate_interval]))"
    return [
        graph(
            About("Calls", "Calls a second between each two services.", "reqps", width=8),
            promql(f"sum by (client, server) (rate({REQUESTS}[$__rate_interval]))", edge),
        ),
        graph(
            About(
                "Failed calls",
                "Calls a second that ended with an error on either side.",
                "reqps",
                8,
            ),
            promql(failed, edge),
        ),
        graph(
            About(
                "Latency of calls",
                "The 95th percentile as the called service measures it; for a message, how long "
                "it was handled.",
                "s",
                width=8,
            ),
            promql(f"histogram_quantile(0.95, {slow})", edge),
        ),
    ]
