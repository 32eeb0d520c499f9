"""Variables of dashboards: what a viewer can choose or type."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.dashboard import (
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.sources import LOKI, PROMETHEUS, Source

Variable = CustomVariable | QueryVariable | TextBoxVariable

SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_ALL = VariableOption(selected=True, text="All", value="$__all")


def service_with_lines(source: Source = LOKI) -> QueryVariable:
    """Services that write log records, for `service_name` in LogQL."""
    query: dict[str, object] = {
        "refId": "services",
        "type": 1,
        "label": "service_name",
        "stream": "",
    }
    return _service().datasource(source.ref).query(query)


def service_with_metrics() -> QueryVariable:
    """Services that have spans, for `service` in PromQL."""
    query: dict[str, object] = {
        "refId": "services",
        "qryType": 1,
        "query": "label_values(traces_spanmetrics_calls_total, service)",
    }
    return _service().datasource(PROMETHEUS.ref).query(query)


def severity(*chosen: str) -> CustomVariable:
    """Severities by their text; all when none is chosen beforehand."""
    current = VariableOption(selected=True, text=[*chosen], value=[*chosen]) if chosen else _ALL
    variable = CustomVariable("severity").label("Severity").values(",".join(SEVERITIES))
    variable = variable.options(
        [VariableOption(selected=one in chosen, text=one, value=one) for one in SEVERITIES]
    )
    # A record need not have a severity.
    return variable.multi(multi=True).include_all(include_all=True).all_value(".*").current(current)


def choice(name: str, label: str, values: Sequence[str]) -> CustomVariable:
    """One of a few values, the first beforehand."""
    first, *_ = values
    options = [VariableOption(selected=one == first, text=one, value=one) for one in values]
    current = VariableOption(selected=True, text=first, value=first)
    variable = CustomVariable(name).label(label).values(",".join(values))
    return variable.options(options).current(current)


def text(name: str, label: str, description: str) -> TextBoxVariable:
    """Typed text, empty beforehand."""
    empty = VariableOption(selected=True, text="", value="")
    variable = TextBoxVariable(name).label(label).description(description)
    return variable.default_value("").current(empty).options([empty])


def _service() -> QueryVariable:
    variable = (
        QueryVariable("service").label("Service").refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )
    variable = variable.multi(multi=True).include_all(include_all=True).all_value(".+")
    return variable.sort(VariableSort.ALPHABETICAL_ASC).current(_ALL)
