"""A fault in a real service becomes messages: once, grouped, and over afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from stack.alerted import Alerted
from stack.service import Service
from stack.slack import Slack
from tests.alerting.mail import Mailbox, server
from tests.collector.waiting import until
from tests.compose.test_backends import program

pytestmark = pytest.mark.collector

ERRORS = 1000
SECRET = "Correct-horse-battery-1!"


@dataclass
class Told:
    """A service that is watched, and those who are told."""

    service: Service
    alerted: Alerted
    slack: Slack
    mailbox: Mailbox

    def database(self, statement: str) -> None:
        """Change the service's database behind its back."""
        with sqlite3.connect(self.service.folder / "accounts.sqlite", timeout=60) as database:
            database.execute(statement)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Auth-service, Collector, Prometheus, Alertmanager, Slack and a mail server."""
    folder: Path = tmp_path_factory.mktemp("told")
    program("prometheus"), program("prometheus-alertmanager")
    with Slack() as slack, server() as (mailbox, smtp):
        alerted = Alerted(folder, slack.url, smtp)
        place = folder / "auth-service"
        settings = {
            "AUTH_DATABASE_URL": f"sqlite+aiosqlite:///{place / 'accounts.sqlite'}",
            "AUTH_SIGNING_KEY_FILE": str(place / "signing-key.pem"),
        }
        service = Service("auth-service", place, {**alerted.telemetry(), **settings})
        with alerted.running(), service:
            yield Told(service, alerted, slack, mailbox)


def log_in(told: Told, times: int) -> None:
    """Try to log in, while the database has no accounts."""
    account = {"username": "mina", "password": SECRET}
    # The server closes a connection on which a request failed.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=told.service.http, timeout=60, limits=limits) as client:
        for _ in range(times):
            assert client.post("/login", json=account).status_code == 500


def test_thousand_errors_are_told_once_and_then_over(told: Told) -> None:
    """Each alert is one message in Slack and one by e-mail, however many; then it is over."""
    up = 'sum(changes(otlog_heartbeat_seconds{job="shop/auth-service"}[10s])) > 0'
    until(lambda: told.alerted.prometheus.query(up) != [], "a heartbeat")
    told.database("ALTER TABLE accounts RENAME TO elsewhere")
    log_in(told, ERRORS)
    told.database("ALTER TABLE elsewhere RENAME TO accounts")

    title = "RequestsFailing · auth-service"
    until(lambda: told.slack.titled(f"Critical: {title}") != [], "the message in Slack")
    until(lambda: told.slack.titled(f"Over: {title}") != [], "the message that it is over")
    until(lambda: told.mailbox.about(f"Over: {title}") != [], "the e-mail that it is over")

    titles = [message.title for message in told.slack.messages if "auth-service" in message.title]
    subjects = [str(message["Subject"]) for message in told.mailbox.messages]
    assert titles.count(f"Critical: {title}") == 1
    assert subjects.count(f"Critical: {title}") == 1
    firing = [one for one in titles if not one.startswith("Over")]
    assert len(firing) == len(set(firing)), "an alert was told twice"
    assert not [one for one in titles if "ErrorLogged" in one], "something worse was told already"


def test_message_says_what_since_when_and_where(told: Told) -> None:
    """Channel of team and importance, what and how bad, links; no body, nothing that was sent."""
    until(lambda: told.slack.titled("NewErrorType") != [], "the type of the error")
    message = told.slack.titled("NewErrorType")[0]
    attachment = message.body["attachments"][0]

    assert message.channel == "#identity-critical"
    assert "auth-service fails in a new way: sqlalchemy.exc.OperationalError" in message.text
    assert "since: 20" in message.text
    assert "how bad: not seen the day before" in message.text
    links = {action["text"]: action["url"] for action in attachment["actions"]}
    assert links["Runbook"].endswith("docs/runbooks/new-error-type.md")
    assert "explore" in links["Example traces"]
    for one in told.slack.messages:
        assert SECRET not in str(one.body)
        assert "no such table" not in str(one.body), "text of a record in an alert"


def test_mail_is_for_the_group_in_both_forms(told: Told) -> None:
    """As plain text and as HTML, to the addresses of the receiver group."""
    until(lambda: told.mailbox.about("RequestsFailing") != [], "the e-mail")
    message = told.mailbox.about("RequestsFailing")[0]
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))

    assert message["To"] == "security@example.com"
    assert plain is not None
    assert html is not None
    assert "auth-service fails to answer /login" in plain.get_content()
    assert "docs/runbooks/requests-failing.md" in html.get_content()
