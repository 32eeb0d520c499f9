"""What people read: golden messages by type of alert, rendered by Alertmanager's own engine."""

from __future__ import annotations

import re

from alerting.generated import FOLDER
from tests.alerting.messages import GOLDEN, messages
from tests.alerting.test_rules import RULE
from tests.compose.test_backends import program

ALLOWED = {
    "summary",
    "description",
    "runbook_url",
    "dashboard_url",
    "logs_url",
    "traces_url",
    "command",
}
"""Annotations: written by the rules, filled with labels and numbers."""

LABELS = {
    "http_route",
    "exception_type",
    "server_address",
    "server_port",
    "messaging_destination_name",
    "event_type",
    "otlog_signal",
    "data_type",
    "exporter",
    "job",
    "mountpoint",
    "integration",
}
"""Labels that a text may name: from the code and its configuration, never from what was sent."""


def test_messages_are_the_golden_ones() -> None:
    """One for each type of alert, one that is over, one with several alerts, one by e-mail."""
    program("amtool")
    made = messages()

    assert made.keys() == {path.name for path in GOLDEN.iterdir()}
    for name, text in made.items():
        assert text == (GOLDEN / name).read_text(), (
            f"{name} differs: read it, then `python -m tests.alerting.messages`"
        )


def test_every_kind_has_a_message() -> None:
    """And says what, since when, how bad, and where to look."""
    kinds = {rule["labels"]["kind"] for rule in RULE.values()} - {"watchdog"}

    for kind in kinds:
        text = (GOLDEN / f"{kind}.txt").read_text()
        for part in (
            "how bad: ",
            "since: 2026-03-30 07:15:00 UTC",
            "Runbook: http",
            "Dashboard: h",
        ):
            assert part in text, (kind, part)


def test_no_text_can_carry_a_body() -> None:
    """Texts of rules name a few labels and the value; templates name annotations of rules only."""
    for rule in RULE.values():
        assert set(rule["annotations"]) <= ALLOWED
        for text in rule["annotations"].values():
            assert set(re.findall(r"\$labels\.(\w+)", text)) <= LABELS
    for file in (FOLDER / "templates").glob("*.tmpl"):
        named = set(re.findall(r"Annotations\.(\w+)", file.read_text()))
        assert named <= ALLOWED
        assert "SortedPairs" not in file.read_text(), "all labels at once"
