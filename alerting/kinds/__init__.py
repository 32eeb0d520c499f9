"""The rules, one type of trouble a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alerting.catalogue import Entry
from alerting.kinds import errors, patterns, presence, queues, redaction, requests, security
from alerting.pace import Pace
from alerting.rule import Rule

OF_A_SERVICE: Sequence[Callable[[Entry, Pace], list[Rule]]] = (
    presence.rules,
    errors.rules,
    requests.rules,
    patterns.rules,
    security.rules,
    queues.rules,
    redaction.rules,
)


def service_rules(entry: Entry, pace: Pace) -> list[Rule]:
    """All rules that follow from a service's entry."""
    return [rule for rules in OF_A_SERVICE for rule in rules(entry, pace)]
