"""Links from what is shown to the dashboard, or the view, that tells more of it."""

from __future__ import annotations

import json
from urllib.parse import quote

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue

from grafana.sources import Source

TAG = "otel-logging"
"""On every dashboard: each lists the others by it."""

TRANSACTION = "transaction"


def others() -> DashboardLink:
    """The other dashboards, over the same time range."""
    link = DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(as_dropdown=True).keep_time(keep_time=True)


def explore(title: str, tooltip: str, source: Source, expr: str) -> DashboardLink:
    """A query in Explore, where a log query can be followed live.

    Args:
        title: What the link says.
        tooltip: What one finds there.
        source: The data source.
        expr: The query; variables in it are written `${name:format}`.
    """
    query = {"refId": "A", "datasource": {"type": source.kind, "uid": source.uid}, "expr": expr}
    pane = {
        "datasource": source.uid,
        "queries": [query],
        "range": {"from": "now-5m", "to": "now"},
    }
    # Grafana fills in variables before anybody decodes the address.
    panes = quote(json.dumps({"live": pane}), safe="${}:_")
    link = DashboardLink(title).type(DashboardLinkType.LINK).tooltip(tooltip).icon("bolt")
    return link.url(f"/explore?schemaVersion=1&orgId=${{__org.id}}&panes={panes}").target_blank(
        target_blank=True
    )


def to_transaction() -> DynamicConfigValue:
    """From a trace ID to the transaction's page."""
    url = f"/d/{TRANSACTION}?var-trace_id=${{__value.raw}}&${{__url_time_range}}"
    return DynamicConfigValue(id_val="links", value=[{"title": "Show the transaction", "url": url}])
