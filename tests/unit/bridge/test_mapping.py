"""What becomes of a log call: body, severity, attributes, exception, context."""

import asyncio
import dataclasses
import datetime as dt
import decimal
import enum
import gc
import logging
import re
import sys
import threading
import uuid
import weakref
from pathlib import Path

import pytest
from opentelemetry import baggage
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, SecretStr

from otel_logging import bound
from otel_logging.context import request_scope


class Color(enum.Enum):
    """An enumeration."""

    RED = "red"


@dataclasses.dataclass
class Item:
    """A dataclass."""

    name: str
    count: int


class Model(BaseModel):
    """A pydantic model with a secret in it."""

    name: str
    pin: SecretStr


def test_message_severity_scope_and_time(bridge):
    """The five fields of every record."""
    before = int(dt.datetime.now(dt.UTC).timestamp() * 1e9)
    bridge.logger.warning("%s of %d", "two", 3)
    record = bridge.record()

    assert (
        record.body,
        record.severity_number,
        record.severity_text,
        record.scope,
    ) == ("two of 3", 13, "WARN", "shop.orders")
    assert before - 1_000_000 <= record.timestamp <= record.observed_timestamp


@pytest.mark.parametrize(
    ("level", "number", "text"),
    [
        (5, 1, "TRACE"),
        (10, 5, "DEBUG"),
        (15, 8, "Level 15"),
        (20, 9, "INFO"),
        (25, 12, "NOTICE"),
        (30, 13, "WARN"),
        (40, 17, "ERROR"),
        (50, 21, "FATAL"),
        (70, 24, "Level 70"),
    ],
)
def test_levels_keep_their_severity_and_name(bridge, level, number, text):
    """TRACE and custom levels are not given up."""
    logging.addLevelName(5, "TRACE")
    logging.addLevelName(25, "NOTICE")
    bridge.logger.log(level, "x")
    record = bridge.record()

    assert (number, text) == (record.severity_number, record.severity_text)


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2]}}),
        (Item("cup", 2), {"name": "cup", "count": 2}),
        ([1, "two"], [1, "two"]),
        (ValueError("why"), "why"),
        (42, 42),
        (None, None),
        ("100 %", "100 %"),
    ],
)
def test_structured_bodies_stay_structured(bridge, message, body):
    """What is not text is not turned into its `repr`."""
    bridge.logger.info(message)
    assert body == bridge.record().body


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("text", "text"),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (b"\x00\x01", b"\x00\x01"),
        ((1, [2]), [1, [2]]),
        (Color.RED, "red"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05+00:00"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ({1: "a"}, {"1": "a"}),
        (Item("cup", 2), {"name": "cup", "count": 2}),
        (Model(name="cup", pin=SecretStr("hunter2")), {"name": "cup", "pin": "**********"}),
        ({3}, [3]),
    ],
)
def test_values_of_any_type_are_kept(bridge, value, kept):
    """Each as the nearest plain value."""
    bridge.logger.info("x", extra={"thing": value})
    assert kept == bridge.attributes()["thing"]


def test_later_changes_do_not_reach_the_record(bridge):
    """The caller may go on with its objects."""
    basket = {"items": ["cup"]}
    bridge.logger.info(basket, extra={"basket": basket})
    basket["items"].append("plate")
    record = bridge.record()

    assert {"items": ["cup"]} == record.body == record.attributes["basket"]


def test_exceptions_have_qualified_type_true_message_and_causes(bridge):
    """OpenTelemetry's handler says `FileNotFoundError`, "2" and nothing of the cause."""
    try:
        try:
            Path("/nowhere").read_text()
        except FileNotFoundError as error:
            raise decimal.InvalidOperation("no price") from error
    except decimal.InvalidOperation:
        bridge.logger.exception("failed")
    attributes = bridge.attributes()

    assert attributes["exception.type"] == "decimal.InvalidOperation"
    assert attributes["exception.message"] == "no price"
    stacktrace = attributes["exception.stacktrace"]
    assert "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere'" in stacktrace
    assert "The above exception was the direct cause" in stacktrace
    assert 'Path("/nowhere").read_text()' in stacktrace


def test_an_exception_says_what_it_is_without_arguments(bridge):
    """The message is `str(e)`, not its first argument."""
    try:
        Path("/nowhere").read_text()
    except FileNotFoundError as error:
        bridge.logger.error("failed", exc_info=error)
    attributes = bridge.attributes()

    assert attributes["exception.type"] == "FileNotFoundError"
    assert attributes["exception.message"] == "[Errno 2] No such file or directory: '/nowhere'"


def test_exception_groups_show_their_members(bridge):
    """Each member has its own traceback in the text."""
    try:
        raise ExceptionGroup("both", [ValueError("first"), KeyError("second")])
    except ExceptionGroup:
        bridge.logger.exception("failed")
    stacktrace = bridge.attributes()["exception.stacktrace"]

    assert "ValueError: first" in stacktrace
    assert "KeyError: 'second'" in stacktrace


def test_an_exception_keeps_nothing_of_the_application_alive(bridge):
    """Frames, and what their locals hold, are free once the call is over."""

    class Resource:
        pass

    def fail():
        resource = Resource()
        kept.append(weakref.ref(resource))
        raise ValueError("x")

    kept = []
    with bridge.worker._busy:
        try:
            fail()
        except ValueError:
            bridge.logger.exception("failed")
        gc.collect()
        assert kept[0]() is None
    assert bridge.attributes()["exception.type"] == "ValueError"


def test_stack_info_is_kept(bridge):
    """As `code.stacktrace`."""
    bridge.logger.info("x", stack_info=True)
    assert "test_stack_info_is_kept" in bridge.attributes()["code.stacktrace"]


def test_event_names_are_promoted(bridge):
    """The stable name wins over the deprecated one; neither stays an attribute."""
    bridge.logger.info("x", extra={"otel.event.name": "auth.login", "event.name": "old"})

    assert bridge.record().event_name == "auth.login"
    assert bridge.attributes() == {}


def test_what_libraries_add_for_themselves_is_left_out(bridge):
    """uvicorn's coloured message and OpenTelemetry's injected IDs."""
    extra = {"color_message": "\x1b[1mx", "otelTraceID": "0", "otelSpanID": "0", "kept": 1}
    bridge.logger.info("x", extra=extra)
    assert bridge.attributes() == {"kept": 1}


def test_a_record_class_of_ones_own_keeps_its_attributes(bridge):
    """Attributes that a subclass sets before `logging` sets its own are found too."""

    class Own(logging.LogRecord):
        def __init__(self, *args, **kwargs):
            self.tenant = "acme"
            super().__init__(*args, **kwargs)

    bridge.handler.handle(Own("a", 20, "f.py", 1, "x", None, None))
    assert bridge.attributes() == {"tenant": "acme"}


def test_code_attributes_are_there_when_asked_for(make_bridge):
    """By semantic convention, and only then."""
    bridge = make_bridge(with_code=True)
    bridge.logger.info("x")
    attributes = bridge.attributes()

    assert __file__ == attributes["code.file.path"]
    assert sys._getframe().f_code.co_name == attributes["code.function.name"]
    assert isinstance(attributes["code.line.number"], int)


def test_a_task_is_named_when_asked_for(make_bridge):
    """With the place in the code; outside of an event loop there is none."""
    bridge = make_bridge(with_code=True)

    async def work():
        bridge.logger.info("inside")

    async def main():
        await asyncio.create_task(work(), name="billing")

    asyncio.run(main())
    bridge.logger.info("outside")
    inside, outside = bridge.records()
    assert inside.attributes["python.task.name"] == "billing"
    assert "python.task.name" not in outside.attributes


def test_a_thread_is_named_unless_it_is_the_main_one(bridge):
    """Names help where several threads write."""
    thread = threading.Thread(target=bridge.logger.info, args=("x",), name="printer")
    thread.start()
    thread.join()
    assert bridge.attributes() == {"thread.name": "printer"}


def test_the_span_and_its_baggage_are_those_of_the_call(bridge):
    """Allow-listed baggage only; the worker reads the caller's context, not its own."""
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        context = baggage.set_baggage("user.id", "7")
        token = attach(baggage.set_baggage("cart", "secret", context))
        bridge.logger.info("x")
        detach(token)
    expected = span.get_span_context()
    record = bridge.record()

    assert (expected.trace_id, expected.span_id, expected.trace_flags) == (
        record.trace_id,
        record.span_id,
        record.trace_flags,
    )
    assert bridge.attributes() == {"user.id": "7"}


def test_closer_attributes_win(bridge):
    """Call over bound over request over baggage."""
    request = {"a": "request", "b": "request", "c": "request"}
    with request_scope(request), bound(b="bound", c="bound"):
        bridge.logger.info("x", extra={"c": "call"})
    assert bridge.attributes() == {"a": "request", "b": "bound", "c": "call"}


def test_every_record_has_an_id_of_its_own(bridge):
    """128 random bits, as hex digits."""
    for _ in range(1000):
        bridge.logger.info("x")
    ids = {record.attributes["log.record.uid"] for record in bridge.records()}

    assert len(ids) == 1000
    assert {32} == {len(each) for each in ids}


@pytest.mark.parametrize("given", ["4111111111111111" * 2, "0f8a4c1e77d24b1b9d063f6f2f6a91c5"])
def test_an_id_that_the_caller_gives_is_kept(bridge, given):
    """What is told again is recognised as the same, though redaction may take it for a card."""
    bridge.logger.info("told", extra={"log.record.uid": given})
    assert bridge.record().attributes == {"log.record.uid": given}


@pytest.mark.parametrize("given", ["bob@example.com", "F" * 32, 7, ["a"], None])
def test_nothing_but_an_id_passes_as_one(bridge, given):
    """It would not be redacted."""
    bridge.logger.info("told", extra={"log.record.uid": given})
    assert re.fullmatch("[0-9a-f]{32}", bridge.record().attributes["log.record.uid"])


def test_records_are_redacted_before_a_sink_sees_them(bridge):
    """By key and by value, in body, attributes and exception, names included."""
    logger = logging.Logger("shop.bob@example.com", 1)
    logger.addHandler(bridge.handler)
    try:
        raise ValueError("card 4111 1111 1111 1111")
    except ValueError:
        logger.exception("mail bob@example.com", extra={"password": "hunter2"})
    record = bridge.record()

    everything = repr((record.body, record.attributes, record.scope))
    assert record.attributes["password"] == "***MASKED***"
    assert [each for each in ("bob@example", "hunter2", "4111 1111") if each in everything] == [], (
        everything
    )
