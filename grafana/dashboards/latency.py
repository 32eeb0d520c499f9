"""Latency: how long each service and each step takes, over time."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.panels import (
    About,
    AnyPanel,
    Column,
    graph,
    heatmap,
    rows,
    stacked,
    transactions,
)
from grafana.targets import grown, promql, promql_buckets, promql_now, traces
from grafana.variables import choice, service_with_metrics

OF_SERVICE = 'service=~"$service"'
SERVED = f'{OF_SERVICE}, span_kind=~"SPAN_KIND_(SERVER|CONSUMER)"'
LATENCY = "traces_spanmetrics_latency"


def latency() -> Dashboard:
    """The latency timeline."""
    return board(
        "latency",
        "Latency",
        "Which step takes the time, since when, and in which traces can it be seen?",
        [
            service_with_metrics(),
            choice("slower_than", "Slower than", ["100ms", "10ms", "1s", "5s"]),
        ],
        [*_services(), *_steps(), *_examples()],
    )


def quantile(share: float, by: str, matchers: str, window: str = "$__rate_interval") -> str:
    """PromQL for a quantile of the spans' latency in seconds."""
    rate = f"rate({LATENCY}_bucket{{{matchers}}}[{window}])"
    return f"histogram_quantile({share}, sum by (le, {by}) ({rate}))"


def _services() -> list[AnyPanel]:
    shares = ((0.5, "median"), (0.95, "95 %"), (0.99, "99 %"))
    return [
        graph(
            About(
                "Latency by service",
                "Of requests and messages that a service handles: median, 95th and 99th "
                "percentile. A point is a request and leads to its trace.",
                "s",
            ),
            *(
                promql(
                    quantile(share, "service", SERVED), f"{{{{service}}}} {name}", exemplars=True
                )
                for share, name in shares
            ),
        ),
        heatmap(
            About(
                "Spread of latency",
                "How many requests and messages took how long; two bands are two kinds of "
                "requests.",
                "s",
            ),
            promql_buckets(
                f"sum by (le) (increase({LATENCY}_bucket{{{SERVED}}}[$__rate_interval]))"
            ),
        ),
    ]


def _steps() -> list[AnyPanel]:
    by = "service, span_name"
    spent = f"sum by ({by}) (rate({LATENCY}_sum{{{OF_SERVICE}}}[$__rate_interval]))"
    return [
        graph(
            About(
                "Latency by step",
                "The 95th percentile of each operation: requests, calls to other services, "
                "messages sent and handled.",
                "s",
            ),
            promql(quantile(0.95, by, OF_SERVICE), "{{service}}: {{span_name}}", exemplars=True),
        ),
        stacked(
            About(
                "Where the time goes",
                "Seconds spent in each operation each second, those that it waits for "
                "included: what to make faster first.",
                "s",
            ),
            promql(spent, "{{service}}: {{span_name}}"),
        ),
    ]


def _examples() -> list[AnyPanel]:
    by = "service, span_name, span_kind"
    calls = grown(f"traces_spanmetrics_calls_total{{{OF_SERVICE}}}")
    entered = 'kind = server && resource.service.name =~ "$service"'
    return [
        rows(
            About("Steps", "Each operation over the time range, the slowest first.", "s"),
            {
                "service": Column("Service"),
                "span_name": Column("Step"),
                "span_kind": Column("Kind"),
                "Value #A": Column("95 % faster than"),
                "Value #B": Column("Calls", "short"),
            },
            promql_now(f"sort_desc({quantile(0.95, by, OF_SERVICE, '$__range')})"),
            promql_now(f"sum by ({by}) ({calls})"),
        ),
        transactions(
            About("Slow transactions", "Requests that took longer than chosen above.", "ms"),
            traces(f"{{ {entered} && duration > $slower_than }}"),
        ),
    ]
