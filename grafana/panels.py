"""Panels: each says what it shows, in which unit, and asks its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import heatmap as heatmaps
from grafana_foundation_sdk.builders import logs as logs_panel
from grafana_foundation_sdk.builders import nodegraph, stat, table, timeseries
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    ScaleDistributionConfig,
    StackingConfig,
)
from grafana_foundation_sdk.builders.dashboard import Panel, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.common import (
    GraphThresholdsStyleMode,
    LogsSortOrder,
    ScaleDistribution,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
)

from grafana.links import to_transaction
from grafana.targets import Target, promql_now

NO_UNIT = "none"
"""For text and pictures, whose values have none."""

_MIXED = DataSourceRef(type_val="datasource", uid="-- Mixed --")
TRACE = "Trace"
"""Heading of a column of trace IDs; each leads to its transaction."""


@dataclass(frozen=True)
class About:
    """What a panel says of itself.

    Attributes:
        title: What is shown.
        description: What to read from it.
        unit: Grafana's ID of the values' unit.
        width: Of 24 columns.
        height: In rows of 30 pixels.
    """

    title: str
    description: str
    unit: str = NO_UNIT
    width: int = 12
    height: int = 8


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and its unit where it is not the panel's."""

    heading: str
    unit: str = ""


AnyPanel = Builder[dashboard.Panel]
"""A panel of any kind."""


class _Panel(Protocol):
    def title(self, title: str, /) -> Self: ...
    def description(self, description: str, /) -> Self: ...
    def unit(self, unit: str, /) -> Self: ...
    def span(self, w: int, /) -> Self: ...
    def height(self, h: int, /) -> Self: ...
    def datasource(self, datasource: DataSourceRef, /) -> Self: ...
    def with_target(self, target: Any, /) -> Self: ...
    def build(self) -> dashboard.Panel: ...


P = TypeVar("P", bound=_Panel)


def graph(about: About, *targets: Target, alert_above: float | None = None) -> AnyPanel:
    """Lines over time, with a red one above which an alert fires."""
    panel = timeseries.Panel().line_width(1).fill_opacity(10)
    if alert_above is not None:
        line = GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)
        panel = panel.thresholds(_above(alert_above)).thresholds_style(line)
    return _complete(panel, about, targets)


def stacked(about: About, *targets: Target) -> AnyPanel:
    """Areas over time that add up."""
    stacking = StackingConfig().mode(StackingMode.NORMAL)
    panel = timeseries.Panel().line_width(1).fill_opacity(40).stacking(stacking)
    return _complete(panel, about, targets)


def number(about: About, *targets: Target, alert_above: float | None = None) -> AnyPanel:
    """The last value of each series, large."""
    panel = stat.Panel().reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
    if alert_above is not None:
        panel = panel.thresholds(_above(alert_above))
    return _complete(panel, about, targets)


def rows(about: About, columns: Mapping[str, Column], *targets: Target) -> AnyPanel:
    """A table of series: labels and one column of values for each target.

    Args:
        about: What it shows.
        columns: Columns by the names of labels and of `Value #A`, `Value #B` and so on,
            in their order; what has none is not shown.
        targets: Instant queries with labels in common.
    """
    panel = table.Panel().filterable(filterable=True)
    for step in _joined(columns):
        panel.with_transformation(step)
    for column in columns.values():
        if column.unit:
            panel.override_by_name(column.heading, [DynamicConfigValue("unit", column.unit)])
        if column.heading == TRACE:
            panel.override_by_name(TRACE, [to_transaction()])
    return _complete(panel, about, targets)


def transactions(about: About, target: Target) -> AnyPanel:
    """The list of a search for traces, each with a link to its page."""
    panel = table.Panel().filterable(filterable=True)
    panel = panel.override_by_name("traceID", [to_transaction()])
    return _complete(panel, about, [target])


def log_lines(about: About, target: Target) -> AnyPanel:
    """Log lines, newest first, with their attributes behind each."""
    panel = logs_panel.Panel().show_time(show_time=True).wrap_log_message(wrap_log_message=True)
    panel = panel.enable_log_details(enable_log_details=True)
    return _complete(panel.sort_order(LogsSortOrder.DESCENDING), about, [target])


def trace(about: About, target: Target) -> AnyPanel:
    """One trace as a waterfall of its spans."""
    return _complete(Panel().type("traces"), about, [target])


def nodes(about: About, target: Target) -> AnyPanel:
    """A graph of nodes and edges."""
    return _complete(nodegraph.Panel(), about, [target])


def heatmap(about: About, target: Target) -> AnyPanel:
    """A histogram over time."""
    axis = heatmaps.YAxisConfig().unit(about.unit)
    linear = ScaleDistributionConfig().type(ScaleDistribution.LINEAR)
    panel = heatmaps.Panel().y_axis(axis).scale_distribution(linear)
    return _complete(panel, about, [target])


def _complete(panel: P, about: About, targets: Sequence[Target]) -> P:
    panel.title(about.title).description(about.description).unit(about.unit)
    panel.span(about.width).height(about.height)
    for letter, target in zip(ascii_uppercase, targets, strict=False):
        panel.with_target(target.ref_id(letter))
    sources = [target.build().datasource for target in targets]
    uids = {source.uid for source in sources if source is not None}
    first = sources[0]
    return panel.datasource(first if first is not None and len(uids) == 1 else _MIXED)


def _above(value: float) -> ThresholdsConfig:
    steps = [Threshold(value=None, color="green"), Threshold(value=value, color="red")]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _joined(columns: Mapping[str, Column]) -> list[DataTransformerConfig]:
    headings = {name: column.heading for name, column in columns.items()}
    if "Value #B" not in headings:
        # Prometheus' data source does not number the values of an only query.
        headings["Value"] = headings["Value #A"]
    order = {name: number for number, name in enumerate(headings)}
    return [
        DataTransformerConfig(
            id_val="filterFieldsByName", options={"include": {"names": [*headings]}}
        ),
        DataTransformerConfig(id_val="merge", options={}),
        DataTransformerConfig(
            id_val="organize", options={"indexByName": order, "renameByName": headings}
        ),
    ]


def alerts(about: About, matchers: str) -> AnyPanel:
    """The alerts that fire, by Prometheus' own series of them."""
    by = "alertname, service_name, severity, kind"
    columns = {
        "alertname": Column("Alert"),
        "service_name": Column("Service"),
        "severity": Column("Severity"),
        "kind": Column("Kind"),
        "Value #A": Column("Alerts"),
    }
    return rows(about, columns, promql_now(f"sum by ({by}) (ALERTS{{{matchers}}})"))
