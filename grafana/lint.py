"""Rules that every dashboard keeps; each check says what is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from grafana import names, reading
from grafana.sources import UIDS

Dashboard = Mapping[str, Any]

_MIXED = "-- Mixed --"


def lint(dashboards: Mapping[str, Dashboard]) -> list[str]:
    """What is wrong with dashboards, given by UID."""
    return [
        f"{uid}: {problem}"
        for uid, dashboard in dashboards.items()
        for check in (_said, _sources, _variables, _names)
        for problem in check(dashboard)
    ] + [
        f"{uid}: {problem}"
        for uid, dashboard in dashboards.items()
        for problem in _links(dashboard, dashboards)
    ]


def _said(dashboard: Dashboard) -> Iterator[str]:
    for name in ("uid", "title", "description", "tags"):
        if not dashboard.get(name):
            yield f"has no {name}"
    ids = [panel.get("id") for panel in reading.panels(dashboard)]
    if None in ids or len(ids) != len(set(ids)):
        yield "panels do not have an ID each"
    for panel in reading.panels(dashboard):
        title = panel.get("title") or "a panel"
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        for what, value in (
            ("title", panel.get("title")),
            ("description", panel.get("description")),
            ("unit", unit),
            ("query", panel.get("targets")),
        ):
            if not value:
                yield f"{title}: has no {what}"


def _sources(dashboard: Dashboard) -> Iterator[str]:
    for panel in reading.panels(dashboard):
        for one in (panel, *panel.get("targets", ())):
            uid = one.get("datasource", {}).get("uid")
            if uid not in UIDS and not (one is panel and uid == _MIXED):
                yield f"{panel.get('title')}: asks data source {uid}, which is not provisioned"
    for variable in _defined(dashboard):
        if variable["type"] == "query" and variable.get("datasource", {}).get("uid") not in UIDS:
            yield f"variable {variable['name']}: asks a data source that is not provisioned"


def _variables(dashboard: Dashboard) -> Iterator[str]:
    defined = {variable["name"] for variable in _defined(dashboard)}
    texts = [(query.panel, query.text) for query in reading.queries(dashboard)]
    texts += [("a link", unquote(url)) for url in _addresses(dashboard)]
    used = set()
    for where, text in texts:
        used |= reading.variables(text)
        for name in sorted(reading.variables(text) - defined):
            yield f"{where}: uses ${name}, which is no variable"
    for name in sorted(defined - used):
        yield f"variable {name} is used nowhere"


def _names(dashboard: Dashboard) -> Iterator[str]:
    for query in reading.queries(dashboard):
        for problem in unknown(query.kind, query.text):
            yield f"{query.panel}, {query.ref}: {problem}"


def unknown(kind: str, text: str) -> list[str]:
    """The names in a query that nothing writes.

    Args:
        kind: `prometheus`, `loki` or `tempo`.
        text: the query.
    """
    if kind == "loki":
        used = reading.logql_names(text)
        wrong = used.labels - used.made - names.labels_of_lines()
    elif kind == "tempo":
        wrong = reading.traceql_names(text).labels - names.attributes_of_spans()
    else:
        return _unknown_series(text)
    return [f"{name} is on nothing that is written" for name in sorted(wrong)]


def _unknown_series(text: str) -> list[str]:
    used, known = reading.promql_names(text), names.metrics()
    problems = [f"there is no metric {name}" for name in used.metrics if name not in known]
    every = set(names.EVERY_SERIES)
    for name, labels in used.metrics.items():
        has = known.get(name, set()) | names.EVERY_SERIES
        every |= has
        problems += [f"{name} has no label {label}" for label in sorted(labels - has)]
    return problems + [f"no metric has {label}" for label in sorted(used.labels - every)]


def _links(dashboard: Dashboard, dashboards: Mapping[str, Dashboard]) -> Iterator[str]:
    tags = {tag for other in dashboards.values() for tag in other.get("tags", ())}
    for link in dashboard.get("links", ()):
        if link["type"] == "dashboards" and not set(link["tags"]) & tags:
            yield f"link {link['title']}: no dashboard has the tag"
    for url in _addresses(dashboard):
        yield from address(url, dashboards)


def address(url: str, dashboards: Mapping[str, Dashboard]) -> Iterator[str]:
    """What is wrong with an address of a dashboard or of Explore.

    Args:
        url: The address, with or without a host.
        dashboards: The dashboards by UID.
    """
    parts = urlsplit(url)
    if parts.path == "/explore":
        for pane in reading.panes(f"{parts.path}?{parts.query}"):
            if pane["datasource"] not in UIDS:
                yield f"{url}: no data source {pane['datasource']}"
        return
    uid = parts.path.removeprefix("/d/")
    if uid not in dashboards:
        yield f"{url}: there is no dashboard {uid}"
        return
    defined = {f"var-{variable['name']}" for variable in _defined(dashboards[uid])}
    for name in parse_qs(parts.query):
        if name not in defined:
            yield f"{url}: {uid} has no variable for {name}"


def _addresses(dashboard: Dashboard) -> Iterator[str]:
    """The addresses of links, wherever they stand."""
    open_ends: list[Any] = [dashboard]
    while open_ends:
        one = open_ends.pop()
        if isinstance(one, Mapping):
            if isinstance(one.get("url"), str):
                yield one["url"]
            open_ends += one.values()
        elif isinstance(one, list):
            open_ends += one


def _defined(dashboard: Dashboard) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = dashboard.get("templating", {}).get("list", [])
    return found
