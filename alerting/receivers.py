"""Alertmanager's receivers: for each service Slack and e-mail, and each of them alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerting.catalogue import Entry
from alerting.installation import Installation

SLACK = "/slack"
MAIL = "/mail"
WATCHDOG = "watchdog"

_ACTIONS = (
    ("Runbook", "runbook_url"),
    ("Dashboard", "dashboard_url"),
    ("Records", "logs_url"),
    ("Example traces", "traces_url"),
)


def receivers(entries: Sequence[Entry], installation: Installation) -> list[dict[str, Any]]:
    """All of them; the watchdog's has nothing in it where no URL is given."""
    found: list[dict[str, Any]] = []
    for entry in entries:
        slack = {"slack_configs": [_slack(entry)]}
        groups = [installation.groups[group] for group in entry.receivers.email]
        mail = {"email_configs": [_mail(addresses) for addresses in groups]}
        found += [
            {"name": entry.service, **slack, **mail},
            {"name": f"{entry.service}{SLACK}", **slack},
            {"name": f"{entry.service}{MAIL}", **mail},
        ]
    calls = [{"url": installation.watchdog, "send_resolved": False}]
    watchdog = {"webhook_configs": calls} if installation.watchdog else {}
    return [*found, {"name": WATCHDOG, **watchdog}]


def _slack(entry: Entry) -> dict[str, Any]:
    return {
        "channel": entry.channel,
        "send_resolved": True,
        "color": '{{ template "otlog.color" . }}',
        "title": '{{ template "otlog.title" . }}',
        "title_link": "{{ .CommonAnnotations.runbook_url }}",
        "fallback": '{{ template "otlog.title" . }}',
        "text": '{{ template "otlog.text" . }}',
        "footer": '{{ template "otlog.footer" . }}',
        "mrkdwn_in": [],
        "actions": [
            {"type": "button", "text": text, "url": f"{{{{ .CommonAnnotations.{name} }}}}"}
            for text, name in _ACTIONS
        ],
    }


def _mail(addresses: Sequence[str]) -> dict[str, Any]:
    return {
        "to": ", ".join(addresses),
        "send_resolved": True,
        "headers": {"Subject": '{{ template "otlog.title" . }}'},
        "text": '{{ template "otlog.mail.text" . }}',
        "html": '{{ template "otlog.mail.html" . }}',
    }
