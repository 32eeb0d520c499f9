"""The rule files: one for each service, one for the pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alerting.catalogue import Entry
from alerting.installation import Installation
from alerting.kinds import pipeline, presence, service_rules
from alerting.pace import Pace
from alerting.rule import Rule


def rule_files(
    entries: Iterable[Entry], installation: Installation, pace: Pace
) -> dict[str, dict[str, Any]]:
    """The content of each file in `alerting/rules`, by its name."""
    platform = installation.platform
    files = {
        f"{entry.service}.rules.yaml": _file(
            [rule.written(entry, installation, pace) for rule in service_rules(entry, pace)],
            entry.service,
        )
        for entry in entries
    }
    own: Sequence[dict[str, Any]] = [
        presence.alive_rule(pace),
        *(rule.written(platform, installation, pace) for rule in pipeline.rules(pace)),
    ]
    return {**files, f"{platform.service}.rules.yaml": _file(own, platform.service)}


def alerts(entries: Iterable[Entry], pace: Pace) -> list[Rule]:
    """Every rule, of the services and of the pipeline."""
    return [
        *(rule for entry in entries for rule in service_rules(entry, pace)),
        *pipeline.rules(pace),
    ]


def _file(rules: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    return {"groups": [{"name": name, "rules": list(rules)}]}
