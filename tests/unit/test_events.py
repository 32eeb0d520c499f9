"""The vocabulary of events: what each call writes, and what a wrong call does."""

from __future__ import annotations

import datetime as dt
import inspect
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from otel_logging import events
from otel_logging.bridge.counts import Counts
from otel_logging.bridge.handler import BridgeHandler
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.record import Record
from otel_logging.bridge.worker import Worker, rank_of
from otel_logging.diagnostics import diagnostics
from otel_logging.events import SUCCESS, Captured, Change, Failure, Target
from otel_logging.events.declare import DECLARED
from otel_logging.redaction import ActiveEngine, Engine, load_policy

NOON = dt.datetime(2026, 5, 1, 14, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
TOKEN_ID = "0f8a4c1e-77d2-4b1b-9d06-3f6f2f6a91c5"


class Written:
    """The records that a real bridge made of what the process's loggers wrote."""

    exports = False

    def __init__(self) -> None:
        self._records: list[Record] = []
        queue: BoundedQueue[Any] = BoundedQueue(1000, 1 << 24, rank_of, lambda _: None)
        active = ActiveEngine(Engine(load_policy(), "auth-service"))
        self.worker = Worker(queue, active, [self], Counts(), frozenset())
        self.handler = BridgeHandler(queue, self.worker)

    def write(self, records: Any) -> None:
        self._records.extend(records)

    def flush(self, _: float) -> bool:
        return True

    def close(self, _: float) -> bool:
        return True

    def after_fork(self) -> None:
        pass

    def all(self) -> list[Record]:
        assert self.worker.flush(time.monotonic() + 60)
        return list(self._records)

    def one(self) -> Record:
        (record,) = self.all()
        return record

    def attributes(self) -> dict[str, Any]:
        kept = dict(self.one().attributes)
        assert kept.pop("log.record.uid")
        return kept


@pytest.fixture
def written() -> Iterator[Written]:
    """What is written while the test runs, at the level INFO."""
    one, root = Written(), logging.getLogger()
    level = root.level
    root.addHandler(one.handler)
    root.setLevel(logging.INFO)
    yield one
    root.removeHandler(one.handler)
    root.setLevel(level)
    one.worker.close(time.monotonic() + 20)


def test_a_login_is_an_event_of_the_module_that_calls(written: Written) -> None:
    """Name, body, severity, scope and attributes of a successful login."""
    events.auth_login(outcome=SUCCESS, user_name="mia", user_id="u-1", audit_record_id="a-1")

    record = written.one()
    assert record.event_name == "auth.login"
    assert record.body == "login succeeded"
    assert record.severity_text == "INFO"
    assert record.scope == __name__
    assert written.attributes() == {
        "event.outcome": "success",
        "user.name": "mia",
        "user.id": "u-1",
        "auth.login.method": "password",
        "audit.record.id": "a-1",
    }


def test_a_failure_says_why_and_is_a_warning(written: Written) -> None:
    """The reason is `error.type`."""
    events.auth_login(outcome=Failure("wrong_password"), user_name="mia")

    record = written.one()
    assert record.severity_text == "WARN"
    assert record.body == "login failed: wrong_password"
    assert record.attributes["event.outcome"] == "failure"
    assert record.attributes["error.type"] == "wrong_password"


def test_a_token_is_told_by_type_expiry_and_masked_id(written: Written) -> None:
    """All but the end of the token's ID is masked, the time is in UTC, and redaction agrees."""
    events.auth_token_issued(
        token_type="refresh", token_id=TOKEN_ID, expires_at=NOON, user_id="u-1"
    )

    assert written.attributes() == {
        "auth.token.type": "refresh",
        "auth.token.id": "***91c5",
        "auth.token.expires_at": "2026-05-01T12:00:00Z",
        "user.id": "u-1",
    }


def test_a_short_token_id_is_masked_whole(written: Written) -> None:
    """The last four of few characters would be most of the ID."""
    events.auth_token_reuse_detected(token_id="12345678", user_id="u-1")

    assert written.attributes()["auth.token.id"] == "***"


def test_an_administrators_change_is_told_before_and_after_and_redacted(
    written: Written,
) -> None:
    """Who, what, on whom, before and after; a password in it is masked."""
    events.admin_action(
        action="account.update",
        user_id="root",
        target=Target("account", "u-2"),
        change=Change({"locked": True}, {"locked": False, "password": "hunter2"}),
        outcome=SUCCESS,
    )

    assert written.attributes() == {
        "event.outcome": "success",
        "admin.action.name": "account.update",
        "user.id": "root",
        "admin.target.type": "account",
        "admin.target.id": "u-2",
        "admin.change.before": {"locked": True},
        "admin.change.after": {"locked": False, "password": "***MASKED***"},
    }


@pytest.mark.parametrize(
    ("status", "severity"), [(204, "INFO"), (404, "WARN"), (500, "ERROR"), (503, "ERROR")]
)
def test_the_severity_of_a_request_is_that_of_its_status(
    written: Written, status: int, severity: str
) -> None:
    """Clients' mistakes are warnings, ours are errors."""
    events.http_server_request_finished(
        status_code=status, duration_seconds=0.5, response_body=Captured("hello", truncated=True)
    )

    assert written.one().severity_text == severity
    assert written.attributes() == {
        "http.response.status_code": status,
        "http.server.request.duration": 0.5,
        "http.response.body.content": "hello",
        "http.response.body.truncated": True,
    }


@pytest.mark.parametrize(
    ("state", "severity"),
    [("start", "INFO"), ("step", "INFO"), ("done", "INFO"), ("failed", "WARN")],
)
def test_a_failed_stage_is_a_warning(written: Written, state: Any, severity: str) -> None:
    """The other states of a stage are no news."""
    events.event_stage(stage="charge", state=state)

    assert written.one().severity_text == severity
    assert written.attributes() == {"event.stage.name": "charge", "event.stage.state": state}


def test_an_event_carries_the_trace_it_was_written_in(written: Written) -> None:
    """Trace and span ID are those of the current span."""
    tracer = TracerProvider().get_tracer("test")

    with tracer.start_as_current_span("serving") as span:
        events.event_received(event_type="order.placed", source="gateway", size=12)

    assert written.one().trace_id == span.get_span_context().trace_id
    assert written.one().span_id == span.get_span_context().span_id


def test_an_entry_that_is_told_again_is_the_same_record(written: Written) -> None:
    """By `log.record.uid` a repeat counts once; other entries and other events are others."""
    for entry in ("entry-1", "entry-1", "entry-2", None, None):
        events.auth_login(outcome=SUCCESS, user_name="alice", audit_record_id=entry)
    events.auth_logout(user_id="u", audit_record_id="entry-1")

    uids = [record.attributes["log.record.uid"] for record in written.all()]
    assert uids[0] == uids[1]
    assert len(set(uids)) == 5


def test_no_level_keeps_an_audit_event_back(written: Written) -> None:
    """At the level ERROR, on a disabled logger, it is written; other events are not."""
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.ERROR)
    logger.disabled = True
    try:
        events.event_received(event_type="order.placed", source="gateway", size=12)
        events.auth_logout(user_id="u-1")
    finally:
        logger.setLevel(logging.NOTSET)
        logger.disabled = False

    assert written.one().event_name == "auth.logout"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"user_name": "mia"}, "outcome is missing"),
    "unknown": ({"outcome": SUCCESS, "pasword": "hunter2"}, "pasword is unknown"),
    "type": ({"outcome": SUCCESS, "user_id": 7}, "user_id is no str | None"),
    "reason": ({"outcome": Failure("bad_luck")}, "outcome is no Success | Failure[LoginFailure]"),
    "outcome": ({"outcome": "success"}, "outcome is no Success | Failure[LoginFailure]"),
}


@pytest.mark.parametrize(("arguments", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_reported_and_written_without_what_is_wrong(
    written: Written, arguments: dict[str, Any], problem: str
) -> None:
    """It never raises; the record names the field, and repeats no value."""
    before = diagnostics.counts["event"]

    events.auth_login(**arguments)

    record = written.one()
    assert record.event_name == "auth.login"
    assert record.attributes["otlog.event.problems"] == [problem]
    assert "hunter2" not in repr(record.attributes)
    assert 7 not in record.attributes.values()
    assert diagnostics.counts["event"] == before + 1


def test_even_positional_arguments_do_not_raise(written: Written) -> None:
    """They are reported like any other wrong call."""
    events.auth_logout("u-1")  # type: ignore[call-arg]

    assert written.one().attributes["otlog.event.problems"] == [
        "arguments are by keyword only",
        "user_id is missing",
    ]


def test_a_function_is_named_after_its_event() -> None:
    """Every exported function writes the event of its name, and every event has one."""
    functions = {name for name in events.__all__ if inspect.isfunction(getattr(events, name))}

    assert functions == {name.replace(".", "_") for name in DECLARED}


def test_every_parameter_is_by_keyword_only() -> None:
    """Two texts cannot be mixed up by their order."""
    kinds = {
        (name, parameter.kind)
        for name in DECLARED
        for parameter in inspect.signature(
            getattr(events, name.replace(".", "_"))
        ).parameters.values()
    }

    assert kinds
    assert {kind for _, kind in kinds} == {inspect.Parameter.KEYWORD_ONLY}


MISUSED = """
import datetime as dt
from otel_logging.events import *
auth_login(outcome=SUCCESS, user_name="mia")
auth_login(user_name="mia")
auth_login(outcome=Failure("bad_luck"))
auth_login(outcome="success")
auth_login(outcome=SUCCESS, pasword="x")
auth_logout("u-1")
auth_token_issued(token_type="api", token_id="1", expires_at=dt.datetime.now(), user_id="u")
event_received(event_type="a.b", source="s", size="12")
"""


def test_wrong_calls_fail_type_checks(tmp_path: Path) -> None:
    """`mypy --strict` finds each wrong call, and nothing in the right one."""
    program = tmp_path / "misused.py"
    program.write_text(MISUSED)

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(events.__file__).parents[2],
    )

    lines = {
        int(line.removeprefix(str(program)).split(":")[1])
        for line in done.stdout.splitlines()
        if ": error:" in line
    }
    assert lines == {5, 6, 7, 8, 9, 10, 11}, done.stdout


def test_an_event_told_again_is_the_same_record(written: Written) -> None:
    """Within `At` time and ID are those of before, however late; outside it is now again."""
    then = dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
    for _ in range(2):
        with events.At(then):
            events.auth_logout(user_id="u-1", audit_record_id="a-1")
    events.auth_logout(user_id="u-1", audit_record_id="a-2")

    first, again, now = written.all()
    uid = "log.record.uid"
    assert first.timestamp == again.timestamp
    assert first.attributes[uid] == again.attributes[uid] != now.attributes[uid]
    assert abs(first.timestamp - 1_767_323_045_678_901_000) < 1000
    assert now.timestamp > first.timestamp
