"""Queries read back from what is provisioned, and the names in each query."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)"""
    r"""|(?P<variable>\$\{[^}]*\}|\$\w+)"""
    r"""|(?P<number>\d[\w.]*)"""
    r"""|(?P<name>[A-Za-z_][\w:.]*)"""
    r"""|(?P<sign>\|=|\|~|!~|=~|!=|&&|\|\||>>|[<>=]=?|[^\s\w])"""
)
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS = _GROUPING | {"and", "or", "unless", "offset", "bool", "inf", "nan"}
_LOGQL_WORDS = {"label_format", "line_format", "unwrap", "regexp", "json", "drop", "keep"}
_CALLED = {"(", "by", "without"}
_MATCHING = {"=", "!=", "=~", "!~"}
_CAPTURED = re.compile(r"\(\?P<(\w+)>")
_VARIABLE = re.compile(r"\$\{(\w+)(?:\.\w+)*(?::\w+)?\}|\$(\w+)")


@dataclass(frozen=True)
class Query:
    """A query of a panel.

    Attributes:
        dashboard: UID of the dashboard.
        panel: Title of the panel.
        ref: The query's letter in the panel.
        source: UID of the data source.
        kind: The data source's plugin.
        how: `range`, `instant`, `lines` or `serviceMap`, and for traces `traceql`.
        text: The query, its variables not filled in.
    """

    dashboard: str
    panel: str
    ref: str
    source: str
    kind: str
    how: str
    text: str


@dataclass
class Names:
    """The names in a query.

    Attributes:
        metrics: Labels by metric, as its selectors match them.
        labels: Labels by which series are joined and added up, and those of log lines.
        made: Labels that the query itself makes.
    """

    metrics: dict[str, set[str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The panels of a dashboard, those in rows included."""
    for panel in dashboard.get("panels", ()):
        if panel["type"] == "row":
            yield from panel.get("panels", ())
        else:
            yield panel


def queries(dashboard: Mapping[str, Any]) -> Iterator[Query]:
    """What the panels of a dashboard ask, and what its links to Explore do."""
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            source = target["datasource"]
            yield Query(
                dashboard["uid"],
                panel.get("title", ""),
                target["refId"],
                source["uid"],
                source["type"],
                _how(panel, target),
                target.get("expr", target.get("query", "")),
            )

    for link in dashboard.get("links", ()):
        for pane in panes(link.get("url") or ""):
            for target in pane["queries"]:
                source = target["datasource"]
                yield Query(
                    dashboard["uid"],
                    f"link {link['title']}",
                    target["refId"],
                    source["uid"],
                    source["type"],
                    "lines",
                    target["expr"],
                )


def panes(url: str) -> list[Mapping[str, Any]]:
    """What an address of Explore shows; nothing of any other."""
    parts = urlsplit(url)
    if parts.path != "/explore":
        return []
    (shown,) = parse_qs(parts.query)["panes"]
    return list(json.loads(shown).values())


def variables(text: str) -> set[str]:
    """The variables in a query or address, Grafana's own (`__range`) left out."""
    found = {first or second for first, second in _VARIABLE.findall(text)}
    return {name for name in found if not name.startswith("__")}


def promql_names(query: str) -> Names:
    """The metrics and labels in PromQL."""
    names = Names()
    tokens = _tokens(query)
    for at, (kind, word) in enumerate(tokens):
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if kind != "name" or word in _WORDS or following in _CALLED:
            if word in _GROUPING and following == "(":
                names.labels |= _listed(tokens[at + 2 :])
            continue
        if following in _MATCHING or _inside_grouping(tokens, at):
            continue
        matchers = _matched(tokens[at + 2 :]) if following == "{" else set()
        names.metrics.setdefault(word, set()).update(matchers)
    return names


def logql_names(query: str) -> Names:
    """The labels in LogQL."""
    names = Names(made=set(_CAPTURED.findall(query)))
    tokens = _tokens(query)
    for at, (kind, word) in enumerate(tokens):
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        before = tokens[at - 1][1] if at else ""
        if kind != "name" or word in _WORDS | _LOGQL_WORDS or following in _CALLED:
            continue
        if before == "label_format":
            names.made.add(word)
        else:
            names.labels.add(word)
    return names


def traceql_names(query: str) -> Names:
    """The attributes in TraceQL, each with its scope (`resource.service.name`)."""
    words = {word for kind, word in _tokens(query) if kind == "name"}
    return Names(labels={word for word in words if "." in word})


def _how(panel: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    if panel["type"] == "logs":
        return "lines"
    if target["datasource"]["type"] == "prometheus":
        return "instant" if target.get("instant") else "range"
    return str(target["queryType"])


def _tokens(query: str) -> list[tuple[str, str]]:
    return [(str(one.lastgroup), one.group()) for one in _TOKEN.finditer(query)]


def _listed(tokens: list[tuple[str, str]]) -> set[str]:
    words = []
    for kind, word in tokens:
        if word == ")":
            break
        if kind == "name":
            words.append(word)
    return set(words)


def _matched(tokens: list[tuple[str, str]]) -> set[str]:
    words = []
    for kind, word in tokens:
        if word == "}":
            break
        if kind == "name":
            words.append(word)
    return set(words)


def _inside_grouping(tokens: list[tuple[str, str]], at: int) -> bool:
    for before in range(at - 1, 0, -1):
        kind, word = tokens[before]
        if word == "(":
            return tokens[before - 1][1] in _GROUPING
        if kind != "name" and word != ",":
            return False
    return False
