"""Where an alert's message leads: a dashboard, the records, example traces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from alerting.installation import Installation

if TYPE_CHECKING:
    from alerting.rule import Kind

DASHBOARDS = {
    "frequency": "errors",
    "new-error": "errors",
    "pattern": "log-viewer",
    "requests": "latency",
    "security": "authentication",
    "queue": "event-queue",
    "presence": "pipeline-health",
    "redaction": "pipeline-health",
    "pipeline": "pipeline-health",
    "watchdog": "pipeline-health",
}
"""The dashboard of each type of alert, by its UID in Grafana."""


@dataclass(frozen=True)
class Links:
    """The links of one service's alerts."""

    installation: Installation
    service: str

    def of(self, kind: Kind) -> dict[str, str]:
        """The annotations with links for a type of alert.

        The pipeline itself has no records and no traces to lead to.
        """
        board = f"{self.installation.grafana}/d/{DASHBOARDS[kind]}"
        if self.service == self.installation.platform.service:
            return {"dashboard_url": board}
        return {
            "dashboard_url": f"{board}?var-service={self.service}",
            "logs_url": self._explore("loki", {"expr": self._logql(kind)}),
            "traces_url": self._explore(
                "tempo", {"query": self._traceql(kind), "queryType": "traceql"}
            ),
            "command": f"otel-logging traces --service {self.service} --failed",
        }

    def _logql(self, kind: Kind) -> str:
        selector = f'{{service_name="{self.service}"}}'
        if kind == "security":
            return f'{selector} | event_name=~"auth[.].+|admin[.].+"'
        if kind in ("frequency", "new-error", "requests", "queue"):
            return f'{selector} | detected_level=~"warn|error|fatal|critical"'
        return selector

    def _traceql(self, kind: Kind) -> str:
        bad = "(status=error || duration>1s)" if kind in ("requests", "queue") else "status=error"
        return f'{{resource.service.name="{self.service}" && {bad}}}'

    def _explore(self, source: str, query: dict[str, str]) -> str:
        """Explore (Grafana 10 and later) on a data source, for the last hour."""
        pane = {
            "datasource": source,
            "queries": [{"refId": "A", "datasource": {"uid": source}, **query}],
            "range": {"from": "now-1h", "to": "now"},
        }
        panes = quote(json.dumps({"a": pane}, separators=(",", ":")))
        return f"{self.installation.grafana}/explore?schemaVersion=1&panes={panes}"
