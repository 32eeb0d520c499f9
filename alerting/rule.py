"""One alert rule, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from alerting.catalogue import Entry, Severity
from alerting.installation import Installation
from alerting.links import Links
from alerting.pace import Pace

Kind = Literal[
    "frequency",
    "new-error",
    "requests",
    "pattern",
    "security",
    "queue",
    "presence",
    "redaction",
    "pipeline",
    "watchdog",
]
"""Types of alert; each has a template in `alerting/templates`."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An alert rule of one service.

    Attributes:
        alert: name, the same for all services.
        kind: its type; decides the template.
        severity: critical wakes somebody.
        expr: PromQL.
        summary: what happened, in a line; may name labels of the alert and nothing else.
        bad: how bad it is; `$value` and the threshold.
        lasting: seconds that the expression has to hold first.
        keeping: seconds that it goes on firing; what it silences has to be over before.
    """

    alert: str
    kind: Kind
    severity: Severity
    expr: str
    summary: str
    bad: str
    lasting: float = 0.0
    keeping: float = 0.0

    @property
    def runbook(self) -> str:
        """File of its runbook, from the root of the repository."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "-", self.alert).lower()
        return f"docs/runbooks/{name}.md"

    def written(self, entry: Entry, installation: Installation, pace: Pace) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        links = Links(installation, entry.service)
        rule: dict[str, Any] = {"alert": self.alert, "expr": self.expr}
        if self.lasting:
            rule["for"] = pace(self.lasting)
        closed = entry.hours.longest_closed().total_seconds()
        if keeping := closed if waits(entry, self.severity) else self.keeping:
            rule["keep_firing_for"] = pace(keeping)
        rule["labels"] = {
            "service_name": entry.service,
            "team": entry.team,
            "importance": entry.importance,
            "severity": self.severity,
            "kind": self.kind,
        }
        rule["annotations"] = {
            "summary": self.summary,
            "description": self.bad,
            "runbook_url": f"{installation.repository}/{self.runbook}",
            **links.of(self.kind),
        }
        return rule


def waits(entry: Entry, severity: Severity) -> bool:
    """Whether an alert waits for business hours: a warning of a service of low importance.

    Alertmanager tells only what still fires when the hours begin, so it has to last until then.
    """
    return entry.importance == "low" and severity == "warning"
