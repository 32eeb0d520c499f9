"""Faults in the real stack become messages: once, grouped, and over afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from drills.faults import FAULTS
from drills.ground import Ground
from stack.slack import Slack
from tests.alerting.mail import Mailbox, server
from tests.alerting.test_rules import RULE
from tests.collector.waiting import until
from tests.compose.test_backends import program

pytestmark = pytest.mark.e2e

ERRORS = 1000
NOT_BEFORE_IT_HAPPENS = {
    "otelcol_exporter_enqueue_failed_log_records_total",
    "otelcol_exporter_enqueue_failed_metric_points_total",
    "otelcol_exporter_enqueue_failed_spans_total",
    "otlog_collector_dependency_failures_total",
    "otlog_collector_pattern_audit_trail_stuck_total",
    "otlog_collector_pattern_broker_away_total",
    "otlog_collector_redactions_total",
    "otlog_redaction_policy_reloads_total",
}
"""Series that come with the first thing that they count."""
METRIC = re.compile(
    r"\b((?:otlog|otelcol|event|http|system|alertmanager|prometheus)_\w+"
    r"_(?:total|seconds|bucket|count|length|size|capacity|ratio|successful))\b"
)
TITLE = "RequestsFailing · auth-service"


@dataclass
class Told:
    """The stack, and those who are told."""

    ground: Ground
    slack: Slack
    mailbox: Mailbox


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Three services, Collector, Prometheus, Alertmanager, Slack and a mail server."""
    folder: Path = tmp_path_factory.mktemp("told")
    program("prometheus"), program("prometheus-alertmanager")
    with Slack() as slack, server() as (mailbox, smtp):
        ground = Ground(folder, slack.url, smtp)
        with ground.running():
            yield Told(ground, slack, mailbox)


def test_thousand_errors_are_told_once_and_then_over(told: Told) -> None:
    """Each alert is one message in Slack and one by e-mail, however many; then it is over."""
    login = f"{told.ground.stack.auth_service.http}/login"
    told.ground.database("ALTER TABLE accounts RENAME TO elsewhere")
    assert told.ground.log_in(ERRORS, at=login) == [500] * ERRORS
    told.ground.database("ALTER TABLE elsewhere RENAME TO accounts")

    until(lambda: told.slack.titled(f"Critical: {TITLE}") != [], "the message in Slack")
    until(lambda: told.slack.titled(f"Over: {TITLE}") != [], "the message that it is over")
    until(lambda: told.mailbox.about(f"Over: {TITLE}") != [], "the e-mail that it is over")

    # Where the machine stands still for long, the errors come in two heaps; each is told once.
    in_slack = [message.title for message in told.slack.titled(TITLE)]
    by_mail = [str(message["Subject"]) for message in told.mailbox.about(TITLE)]
    for titles in (in_slack, by_mail):
        firing, over = titles[::2], titles[1::2]
        assert set(firing) == {f"Critical: {TITLE}"}
        assert set(over) == {f"Over: {TITLE}"}
        assert len(titles) < 10


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
        assert "Wrong-guess-1" not in str(one.body)
        assert "no such table" not in str(one.body), "text of a record in an alert"


def test_mail_is_for_the_group_in_both_forms(told: Told) -> None:
    """As plain text and as HTML, to the addresses of the receiver group."""
    until(lambda: told.mailbox.about(TITLE) != [], "the e-mail")
    message = told.mailbox.about(TITLE)[0]
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))

    assert message["To"] == "security@example.com"
    assert plain is not None
    assert html is not None
    assert "auth-service fails to answer /login" in plain.get_content()
    assert "docs/runbooks/requests-failing.md" in html.get_content()


def test_rules_ask_for_what_is_measured(told: Told) -> None:
    """Each metric that a rule names is on Prometheus, or begins with the first thing it counts."""
    prometheus = told.ground.alerted.prometheus
    named = {name for rule in RULE.values() for name in METRIC.findall(rule["expr"])}
    page = httpx.get(f"{prometheus.url}/metrics", timeout=60).text
    own = set(re.findall(r"^(prometheus_\w+)", page, re.MULTILINE))
    event = {"type": "order.cancelled", "source": "test", "data": {}}
    httpx.post(f"{told.ground.stack.event_service.http}/events", json=event, timeout=60)
    told.ground.log_in(1)

    def missing() -> set[str]:
        found = prometheus.query('count by (__name__) ({__name__=~".+_.+"})')
        return named - {one["metric"]["__name__"] for one in found} - own - NOT_BEFORE_IT_HAPPENS

    assert len(named) > 20
    until(lambda: missing() == set(), f"every metric; at first {missing()} were not there")


def test_faults_are_told_by_the_alert_of_their_drill(told: Told) -> None:
    """Attack, poison message and broken rules side by side; last, the Collector is killed."""
    for names in (("attack-on-login", "poison-message", "rules-broken"), ("collector-down",)):
        for name in names:
            inject = FAULTS[name].inject
            assert inject is not None
            inject(told.ground)
        for name in names:
            title = f"{FAULTS[name].alert} · {FAULTS[name].service}"
            until(lambda: told.slack.titled(title) != [], title)  # noqa: B023


def test_every_drill_is_in_a_runbook() -> None:
    """A runbook names each drill that a command can do, and no other."""
    root = Path(__file__).resolve().parents[2]
    texts = [path.read_text() for path in (root / "docs/runbooks").glob("*.md")]
    named = {name for name in FAULTS if any(f"python -m drills {name}`" in text for text in texts)}

    assert len(FAULTS) == 10
    assert named == {name for name, fault in FAULTS.items() if fault.inject is not None}
