"""What `otel_logging.testing` gives to tests of applications.

pytest finds `otel_logs` and `otel_spans` by the entry point of the installed package: nothing here
imports them.
"""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import trace

from otel_logging.testing import captured_logs

log = logging.getLogger("shop")
tracer = trace.get_tracer("shop")


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


def test_the_documented_example_passes_on_several_workers(tmp_path):
    """As it stands in docs/testing.md, by the installed plugin, beside an asynchronous test."""
    text = (Path(__file__).parents[2] / "docs/testing.md").read_text()
    example = text.split("```python\n")[1].split("```")[0]
    name = "test_a_declined_card_is_an_event_inside_its_span"
    assert name in example
    waiting = example.replace(f"def {name}", "async def test_awaited")
    waiting = waiting.replace("asyncio.run(order(", "await (order(")
    (tmp_path / "test_example.py").write_text(example)
    (tmp_path / "test_waiting.py").write_text(waiting)
    arguments = ("-n", "2", "--dist=loadfile", "-o", "asyncio_mode=auto", "-v")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"PASSED test_example.py::{name}" in done.stdout
    assert "PASSED test_waiting.py::test_awaited" in done.stdout


def order(number, **attributes):
    """Two spans, one in the other, with a record in the inner one."""
    with (
        tracer.start_as_current_span("order"),
        tracer.start_as_current_span("charge", kind=trace.SpanKind.CLIENT, attributes=attributes),
    ):
        log.info("charged %s", number)


def test_spans_come_as_they_would_be_sent(otel_spans):
    """Redacted, with parent, kind, status and events."""
    with pytest.raises(ValueError, match="declined"), tracer.start_as_current_span("order"):
        order(1, password="hunter2", amounts=[1, 2])
        raise ValueError("declined")
    charge, inner, outer = otel_spans.spans

    assert charge == otel_spans.assert_span("charge", kind="CLIENT", amounts=[1, 2])
    assert charge.attributes["password"] == "***MASKED***"
    assert (charge.parent_span_id, inner.parent_span_id) == (inner.span_id, outer.span_id)
    assert outer.parent_span_id is None
    assert [name for name, _ in outer.events] == ["exception"]
    assert otel_spans.assert_span("order", status="ERROR") == outer
    assert otel_spans.assert_one_trace() == charge.trace_id


def test_a_span_that_is_not_there_fails_the_test(otel_spans):
    """By name, kind, status and attributes."""
    order(1, tenant="acme")
    for name, wanted in (
        ("pay", {}),
        ("charge", {"kind": "SERVER"}),
        ("charge", {"status": "OK"}),
        ("charge", {"tenant": "other"}),
    ):
        with pytest.raises(AssertionError, match="no span"):
            otel_spans.assert_span(name, **wanted)


def test_a_record_elsewhere_and_two_traces_fail_the_test(otel_logs, otel_spans):
    """A record is inside the span that was current, and no other."""
    order(1)
    order(2)
    log.info("outside")
    inside, _, outside = otel_logs.records

    assert otel_spans.assert_inside(inside, "charge") == otel_spans.spans[0]
    for record, name in ((inside, "order"), (outside, "charge")):
        with pytest.raises(AssertionError, match="not inside"):
            otel_spans.assert_inside(record, name)
    with pytest.raises(AssertionError, match="2 traces"):
        otel_spans.assert_one_trace("order", "charge")
    with pytest.raises(AssertionError, match="no span"):
        otel_spans.assert_one_trace("pay")


def test_a_secret_in_a_span_fails_the_test(otel_spans):
    """Without being named; a span that ended before the fixture is not in it."""
    order(1, note="zebra-77")
    otel_spans.assert_absent("giraffe-12")
    with pytest.raises(AssertionError, match="secret 1 stands in span 0"):
        otel_spans.assert_absent("giraffe-12", "zebra-77")
    otel_spans.clear()

    assert otel_spans.spans == []
