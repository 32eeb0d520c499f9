"""Every query of the provisioned dashboards and of the alert rules, and how to fill it in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from grafana import reading
from grafana.generated import PROVISIONING, ROOT
from grafana.reading import Query

RULES = ROOT / "alerting" / "rules"
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")

CHOSEN = {
    "service": ".+",
    "severity": ".*",
    "text": "",
    "user": "",
    "address": "",
    "slower_than": "0ms",
    "__interval": "1m",
    "__rate_interval": "1m",
    "__range": "15m",
}
"""What a viewer sees who has chosen nothing; Grafana gives the intervals."""


def dashboards() -> dict[str, dict[str, Any]]:
    """The provisioned dashboards by UID."""
    files = sorted((PROVISIONING / "dashboards").glob("*/*.json"))
    read = [json.loads(file.read_text("utf-8")) for file in files]
    return {one["uid"]: one for one in read}


def sources() -> dict[str, dict[str, Any]]:
    """The provisioned data sources by UID, as Grafana reads them."""
    found = {}
    for file in sorted((PROVISIONING / "datasources").glob("*.yaml")):
        for source in yaml.safe_load(file.read_text("utf-8").replace("$$", "$"))["datasources"]:
            found[source["uid"]] = source
    return found


def headers(uid: str) -> dict[str, str]:
    """What Grafana sends to a data source with each query."""
    source = sources()[uid]
    names = source["jsonData"]
    values = source.get("secureJsonData", {})
    return {
        name: values[f"httpHeaderValue{key.removeprefix('httpHeaderName')}"]
        for key, name in names.items()
        if key.startswith("httpHeaderName")
    }


def queries(*kinds: str) -> list[Query]:
    """What the dashboards ask of data sources of these kinds."""
    every = (query for board in dashboards().values() for query in reading.queries(board))
    return [query for query in every if query.kind in kinds]


def rules() -> list[tuple[str, str]]:
    """The name and the query of each alert and recording rule."""
    return [(rule.get("alert") or rule["record"], str(rule["expr"])) for rule in _rules()]


def queries_of_alerts() -> dict[tuple[str, str], str]:
    """The data source and the query behind the alerts' links, and the first alert that has it."""
    found: dict[tuple[str, str], str] = {}
    for rule in _rules():
        for name in ("logs_url", "traces_url"):
            for pane in reading.panes(str(rule.get("annotations", {}).get(name, ""))):
                for query in pane["queries"]:
                    asked = query["datasource"]["uid"], query.get("expr", query.get("query"))
                    found.setdefault(asked, f"{rule['alert']} of {rule['labels']['service_name']}")
    return found


def links_of_alerts() -> set[str]:
    """Where the alerts' messages lead in Grafana."""
    links = (rule.get("annotations", {}).items() for rule in _rules())
    names = {"dashboard_url", "logs_url", "traces_url"}
    return {str(url) for one in links for name, url in one if name in names}


def _rules() -> Iterator[Mapping[str, Any]]:
    for file in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            yield from group["rules"]


def filled(text: str, /, **chosen: str) -> str:
    """A query with its variables filled in.

    Raises:
        KeyError: when it has one that nobody chooses.
    """
    values: Mapping[str, str] = {**CHOSEN, **chosen}
    return _VARIABLE.sub(lambda one: values[one[1] or one[2]], text)
