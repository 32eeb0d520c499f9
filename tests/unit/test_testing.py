"""What `otel_logging.testing` gives to tests of applications.

pytest finds `otel_logs` by the entry point of the installed package: nothing here imports it.
"""

import logging

import pytest

from otel_logging.testing import captured_logs

log = logging.getLogger("shop")


def test_records_come_in_order_and_redacted(otel_logs):
    """In their JSON form."""
    log.info("first", extra={"password": "hunter2"})
    log.debug("unseen")
    log.warning("second")

    assert [(record["body"], record["severity"]) for record in otel_logs.records] == [
        ("first", "INFO"),
        ("second", "WARN"),
    ]
    assert otel_logs.records[0]["attributes"]["password"] == "***MASKED***"


def test_an_event_is_found_by_name_severity_and_attributes(otel_logs):
    """Others of its name do not get in the way."""
    for outcome in ("success", "failure"):
        extra = {"otel.event.name": "auth.login", "event.outcome": outcome, "n": 1}
        log.warning("login", extra=extra)
    found = otel_logs.assert_event("auth.login", severity="WARN", event__outcome="failure")

    assert found["attributes"]["event.outcome"] == "failure"
    assert len(otel_logs.events("auth.login")) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auth.logout", {}),
        ("auth.login", {"severity": "ERROR"}),
        ("auth.login", {"reason": "locked"}),
    ],
)
def test_an_event_that_is_not_there_fails_the_test(otel_logs, name, expected):
    """With what was found in its place."""
    log.warning("login", extra={"otel.event.name": "auth.login", "reason": "expired"})
    with pytest.raises(AssertionError, match="no event"):
        otel_logs.assert_event(name, **expected)


@pytest.mark.parametrize("text", ["zebra-77", "emVicmEtNzc=", "7a656272612d3737"])
def test_a_secret_that_is_there_fails_the_test_without_being_named(otel_logs, text):
    """As it is, in base64 and in hex."""
    log.info("here: %s", text)
    otel_logs.assert_absent("giraffe-12")
    with pytest.raises(AssertionError, match="secret 1 stands in record 0") as caught:
        otel_logs.assert_absent("giraffe-12", "zebra-77")
    assert "zebra" not in str(caught.value)


def test_clear_forgets(otel_logs):
    """For tests in steps."""
    log.info("x")
    otel_logs.clear()
    assert otel_logs.records == []


def test_everything_is_as_before_afterwards():
    """Root level and the way records go."""
    before = (logging.getLogger().level, logging.Logger.callHandlers)
    with captured_logs(logging.DEBUG) as logs:
        log.debug("x")
        assert len(logs.records) == 1
    assert before == (logging.getLogger().level, logging.Logger.callHandlers)
