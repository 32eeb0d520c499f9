"""One transaction: its spans and its log lines beside each other."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.links import TRANSACTION
from grafana.panels import About, AnyPanel, Column, log_lines, number, rows, trace, transactions
from grafana.targets import lines, logql_now, traces
from grafana.variables import choice, service_with_metrics, text

STAGE = "service_name, event_type, event_stage_name, event_stage_state, error_type"
# Before a trace is chosen, nothing: "" would find the lines that have none.
ITS_LINES = '{service_name=~".+"} | trace_id!="" | trace_id="$trace_id"'


def transaction() -> Dashboard:
    """A trace and its logs from one trace ID, and a list to choose from."""
    return board(
        TRANSACTION,
        "Transaction",
        "What happened in one transaction, step by step, across services and queues?",
        [
            text("trace_id", "Trace ID", "32 hex digits, as in the answer's X-Trace-Id."),
            service_with_metrics(),
            choice("slower_than", "Slower than", ["0ms", "100ms", "1s", "5s"]),
        ],
        [*_one(), *_choose()],
    )


def _one() -> list[AnyPanel]:
    return [
        trace(
            About(
                "Steps",
                "The spans of the trace, each below the one that caused it. A span leads to its "
                "log lines and to the metrics of its service.",
                height=22,
            ),
            traces("$trace_id"),
        ),
        log_lines(
            About(
                "Lines",
                "What was written in the trace by all services, newest first.",
                height=22,
            ),
            lines(ITS_LINES),
        ),
        rows(
            About(
                "Stages",
                "The stages of an event's processing in this trace, by the state each reached.",
                "short",
                width=16,
                height=6,
            ),
            {
                "service_name": Column("Service"),
                "event_type": Column("Event"),
                "event_stage_name": Column("Stage"),
                "event_stage_state": Column("State"),
                "error_type": Column("Error"),
                "Value #A": Column("Lines"),
            },
            logql_now(
                f'sum by ({STAGE}) (count_over_time({ITS_LINES} | event_stage_name!="" [$__range]))'
            ),
        ),
        number(
            About(
                "Lines by severity",
                "How many lines of each severity the trace has.",
                "short",
                width=8,
                height=6,
            ),
            logql_now(f"sum by (severity_text) (count_over_time({ITS_LINES} [$__range]))"),
        ),
    ]


def _choose() -> list[AnyPanel]:
    entered = 'kind = server && resource.service.name =~ "$service"'
    return [
        transactions(
            About(
                "Recent transactions",
                "Requests that the chosen services took, by their duration. A trace ID shows "
                "the transaction above.",
            ),
            traces(f"{{ {entered} && duration > $slower_than }}"),
        ),
        transactions(
            About(
                "Failed transactions",
                "Transactions with a span that ended with an error.",
            ),
            traces('{ resource.service.name =~ "$service" && status = error }'),
        ),
    ]
