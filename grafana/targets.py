"""Queries of panels, one function for each language and form of answer."""

from __future__ import annotations

from grafana_foundation_sdk.builders import loki, prometheus, tempo
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.tempo import SearchTableType

from grafana.sources import LOKI, PROMETHEUS, TEMPO, Source

Target = loki.Dataquery | prometheus.Dataquery | tempo.TempoQuery

LINES = 500

JOB = 'job=~"(.+/)?($service)"'
"""The chosen services on their own metrics, whose job is `namespace/name` or the name alone."""


def promql(expr: str, legend: str = "", *, exemplars: bool = False) -> prometheus.Dataquery:
    """PromQL over the time range; `exemplars` puts the traces behind it on the graph."""
    query = prometheus.Dataquery().expr(expr).range().legend_format(legend or "__auto")
    return query.exemplar(exemplars).datasource(PROMETHEUS.ref)


def promql_buckets(expr: str) -> prometheus.Dataquery:
    """PromQL whose series are the buckets of one histogram."""
    query = prometheus.Dataquery().expr(expr).range().format(PromQueryFormat.HEATMAP)
    return query.legend_format("{{le}}").datasource(PROMETHEUS.ref)


def promql_now(expr: str) -> prometheus.Dataquery:
    """PromQL at the end of the time range, a row for each series."""
    query = prometheus.Dataquery().expr(expr).instant().format(PromQueryFormat.TABLE)
    return query.datasource(PROMETHEUS.ref)


def logql(expr: str, legend: str, source: Source = LOKI) -> loki.Dataquery:
    """LogQL that counts lines, over the time range."""
    query = loki.Dataquery().expr(expr).query_type("range").legend_format(legend)
    return query.datasource(source.ref)


def logql_now(expr: str, source: Source = LOKI) -> loki.Dataquery:
    """LogQL that counts lines, at the end of the time range."""
    return loki.Dataquery().expr(expr).query_type("instant").datasource(source.ref)


def lines(expr: str, source: Source = LOKI) -> loki.Dataquery:
    """LogQL that gives the newest lines."""
    query = loki.Dataquery().expr(expr).query_type("range").max_lines(LINES)
    return query.datasource(source.ref)


def traces(query: str) -> tempo.TempoQuery:
    """TraceQL that lists transactions; a trace ID alone gives that trace."""
    search = tempo.TempoQuery().query_type("traceql").query(query).limit(20)
    return search.table_type(SearchTableType.TRACES).datasource(TEMPO.ref)


def service_map() -> tempo.TempoQuery:
    """The graph of services, which Tempo's data source makes from span metrics."""
    return tempo.TempoQuery().query_type("serviceMap").query("").datasource(TEMPO.ref)


def grown(selector: str) -> str:
    """PromQL for how much counters grew in the time range, the first count of a new one included.

    increase() takes a series' first value for its beginning, and so misses what it counted.
    """
    return f"(({selector} unless {selector} offset $__range) or increase({selector}[$__range]))"
