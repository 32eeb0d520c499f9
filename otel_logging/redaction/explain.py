"""Says which rule redacts what in a record, without saying what stood there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from otel_logging.redaction.findings import merged
from otel_logging.redaction.rules import Decision, Rules
from otel_logging.redaction.scanner import Scanner
from otel_logging.redaction.walk import Walk


@dataclass(frozen=True, slots=True)
class Note:
    """One redaction.

    Attributes:
        path: Where, from the root of the attributes or the body.
        rule: The rule.
        kind: ``key``, ``path``, ``value`` or ``limit``.
        action: What the rule does.
    """

    path: str
    rule: str
    kind: str
    action: str


@dataclass(slots=True)
class _NotingWalk(Walk):
    """A walk that notes what its rules redact."""

    notes: list[Note] = field(default_factory=list)

    def _redacted(self, decision: Decision, item: Any, path: str) -> Any:
        self.notes.append(Note(path, decision.rule, decision.kind, decision.action))
        return self.redact(decision, item)


def explain(rules: Rules, scanner: Scanner, record: Any) -> list[Note]:
    """Every redaction in a record: rules by key and path first, then what is found in texts.

    Raises:
        ScanError: A text could not be searched.
    """
    walk = _NotingWalk(
        rules, redact=lambda _decision, _item: None, clean_key=str, failed=lambda: None, plain={}
    )
    for part in _parts(record):
        walk.into({}, "", part, "", 0)
    notes = walk.notes
    for leaf in walk.leaves:
        findings = scanner.findings(leaf[0].encode("utf-8", "replace"))
        notes += [Note(leaf[3], each.rule, "value", each.action) for each in merged(findings)]
    return notes


def _parts(record: Any) -> list[Any]:
    """Body and attributes of a record; another value as it is."""
    if isinstance(record, Mapping) and "attributes" in record and "body" in record:
        return [record["attributes"], record["body"], record.get("resource")]
    return [record]
