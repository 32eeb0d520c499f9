"""Alertmanager's configuration: who is told what, when, and how often.

| importance | critical alert | warning, in business hours | warning, at other times |
|---|---|---|---|
| critical | Slack and e-mail | Slack and e-mail | Slack and e-mail |
| high | Slack and e-mail | Slack | Slack |
| normal | Slack and e-mail | Slack | e-mail |
| low | Slack and e-mail | Slack | waits for the business hours |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerting.catalogue import Entry
from alerting.installation import Installation
from alerting.pace import DAY, HOUR, MINUTE, Pace
from alerting.receivers import MAIL, SLACK, WATCHDOG, receivers

GROUP_WAIT = 10.0
"""Seconds in which alerts that begin together become one message; a first error waits as long."""
GROUP_INTERVAL = 5 * MINUTE
REPEAT = 4 * HOUR
_WARNING = ['severity="warning"']


def configuration(
    entries: Sequence[Entry], installation: Installation, pace: Pace
) -> dict[str, Any]:
    """The content of `alerting/alertmanager.yaml`."""
    everybody = [*entries, installation.platform]
    return {
        "global": _global(installation),
        "templates": ["templates/*.tmpl"],
        "route": {
            "receiver": installation.platform.service,
            "group_by": ["alertname", "service_name"],
            "group_wait": pace(GROUP_WAIT),
            "group_interval": pace(GROUP_INTERVAL),
            "repeat_interval": pace(REPEAT),
            "routes": [_watchdog(pace), *(_service(entry, pace) for entry in everybody)],
        },
        "inhibit_rules": _inhibitions(),
        "time_intervals": [
            {"name": hours(entry), "time_intervals": [entry.hours.interval()]}
            for entry in everybody
        ],
        "receivers": receivers(everybody, installation),
    }


def hours(entry: Entry) -> str:
    """The name of a service's business hours."""
    return f"{entry.service}-hours"


def _global(installation: Installation) -> dict[str, Any]:
    mail, secrets = installation.mail, installation.secrets
    account = {
        "smtp_auth_username": mail.username,
        "smtp_auth_password_file": secrets.mail_password,
    }
    return {
        "resolve_timeout": "5m",
        "slack_api_url_file": secrets.slack_url,
        "smtp_smarthost": mail.smarthost,
        "smtp_from": mail.sender,
        "smtp_require_tls": mail.require_tls,
        **(account if mail.username else {}),
    }


def _watchdog(pace: Pace) -> dict[str, Any]:
    return {
        "receiver": WATCHDOG,
        "matchers": ['kind="watchdog"'],
        "group_wait": "0s",
        "group_interval": pace(MINUTE),
        "repeat_interval": pace(MINUTE),
    }


def _service(entry: Entry, pace: Pace) -> dict[str, Any]:
    """The route of a service; what no route below it takes goes to Slack and e-mail."""
    route = {
        "receiver": entry.service,
        "matchers": [f'service_name="{entry.service}"'],
        "routes": _warnings(entry, pace),
    }
    return route if route["routes"] else {k: v for k, v in route.items() if k != "routes"}


def _warnings(entry: Entry, pace: Pace) -> list[dict[str, Any]]:
    slack = {"receiver": f"{entry.service}{SLACK}", "matchers": _WARNING}
    in_hours = {**slack, "active_time_intervals": [hours(entry)]}
    match entry.importance:
        case "critical":
            return []
        case "high":
            return [slack]
        case "normal":
            at_other_times = {
                "receiver": f"{entry.service}{MAIL}",
                "matchers": _WARNING,
                "mute_time_intervals": [hours(entry)],
            }
            return [{**in_hours, "continue": True}, at_other_times]
        case "low":
            # It lasts until the business hours come; telling it once is enough.
            return [{**in_hours, "repeat_interval": pace(5 * DAY)}]


def _inhibitions() -> list[dict[str, Any]]:
    """What need not be told beside something worse; every alert has the labels named here."""
    down = 'alertname=~"HeartbeatMissing|ServiceAbsent"'
    return [
        {
            "source_matchers": ['alertname="CollectorDown"'],
            "target_matchers": ['alertname=~"HeartbeatMissing|ServiceAbsent|TelemetryStopped"'],
        },
        {
            "source_matchers": ['alertname="HeartbeatMissing"'],
            "target_matchers": ['alertname="ServiceAbsent"'],
            "equal": ["service_name"],
        },
        {
            "source_matchers": [down],
            "target_matchers": ['severity="warning"'],
            "equal": ["service_name"],
        },
        {
            "source_matchers": ['alertname="RequestsFailing"'],
            "target_matchers": ['kind="frequency"'],
            "equal": ["service_name"],
        },
        {
            "source_matchers": ['alertname=~"ErrorsFrequent|FatalLogged"'],
            "target_matchers": ['alertname=~"ErrorLogged|ErrorShareHigh"'],
            "equal": ["service_name"],
        },
    ]
