"""Console output, as it is meant to look."""

import io
import json
import re

import pytest

from otel_logging.bridge.console import ConsoleSink, JsonFormat, TextFormat, choose_format
from otel_logging.bridge.record import Record

STACKTRACE = """Traceback (most recent call last):
  File "shop.py", line 7, in pay
    charge(card)
ValueError: card ***MASKED***
"""


def record(**fields):
    """A record with fields of one's own."""
    made = Record()
    values = {
        "scope": "shop.orders",
        "timestamp": 1_767_323_045_006_007_008,
        "observed_timestamp": 1_767_323_045_006_007_009,
        "severity_number": 9,
        "severity_text": "INFO",
        "body": "order placed",
        "attributes": {"log.record.uid": "ab" * 16, "order.id": 7, "note": "two words"},
        "event_name": None,
        "trace_id": 0x8F11D1722308DFCE020D33F94AABCC74,
        "span_id": 0xA887B5F320E1F90D,
        "trace_flags": 1,
        "is_own": False,
    }
    for name, value in {**values, **fields}.items():
        setattr(made, name, value)
    return made


FAILED = record(
    severity_number=17,
    severity_text="ERROR",
    body={"step": "pay", "tries": [1, 2]},
    event_name="order.failed",
    trace_id=0,
    attributes={
        "exception.type": "ValueError",
        "exception.message": "card ***MASKED***",
        "exception.stacktrace": STACKTRACE,
        "raw": b"\x00",
    },
)


def written(form, *records):
    """What a format writes."""
    stream = io.StringIO()
    ConsoleSink(form, lambda: stream).write(records)
    return stream.getvalue()


def test_text_without_colour():
    """Time, severity, short trace ID, scope, body, attributes; stack traces below."""
    assert (
        written(TextFormat(color=False), record(), FAILED)
        == """\
03:04:05.006 INFO  8f11d172 shop.orders order placed order.id=7 note='two words'
03:04:05.006 ERROR          shop.orders [order.failed] {"step":"pay","tries":[1,2]} raw=b'\\x00'
Traceback (most recent call last):
  File "shop.py", line 7, in pay
    charge(card)
ValueError: card ***MASKED***
"""
    )


def test_text_with_colour():
    """The severity stands out; the rest of the furniture is dim."""
    line = written(TextFormat(color=True), record())
    assert (
        "\x1b[2m03:04:05.006\x1b[0m\x1b[2;32m INFO \x1b[0m"
        "\x1b[2m 8f11d172\x1b[0m\x1b[2;34m shop.orders\x1b[0m"
    ) in line, repr(line)


REQUEST = {
    "http.request.method": "GET",
    "url.path": "/orders/7",
    "client.address": "10.0.0.9",
    "user_agent.original": "curl/8",
}


def test_what_every_line_of_a_request_has_comes_last_and_dim():
    """The attributes of the call before it; what is of no interest to people not at all."""
    line = written(TextFormat(color=False), record(attributes={**REQUEST, "order.id": 7}))
    assert line.endswith(
        "order placed order.id=7 http.request.method=GET url.path=/orders/7"
        " client.address=10.0.0.9\n"
    )
    coloured = written(TextFormat(color=True), record(attributes={"order.id": 7, **REQUEST}))
    assert "order.id=\x1b[0m\x1b[2;39m7\x1b[0m" in coloured
    assert "\x1b[2m url.path=/orders/7\x1b[0m" in coloured


def test_what_the_body_tells_is_not_told_again():
    """Nor is anything of the request on a line of the access log."""
    said = record(body="GET failed for 10.0.0.9", attributes=REQUEST)
    access = record(body="GET / 200", scope="uvicorn.access", attributes={**REQUEST, "user.id": 7})

    assert written(TextFormat(color=False), said).endswith("10.0.0.9 url.path=/orders/7\n")
    assert written(TextFormat(color=False), access).endswith("GET / 200 user.id=7\n")


def test_a_traceback_with_colour_has_every_line():
    """Colour codes aside, nothing is cut or wrapped."""
    long = record(attributes={"exception.stacktrace": STACKTRACE + "x " * 200})
    text = re.sub(r"\x1b\[[0-9;]*m", "", written(TextFormat(color=True), long))
    lines = [line.rstrip() for line in text.splitlines()[1:]]

    assert (STACKTRACE + "x " * 200).rstrip().splitlines() == lines


def test_json_lines():
    """One object a line, with exactly the ten members."""
    form = JsonFormat(lambda: {"service.name": "gateway", "host.name": "a"})
    first, second = written(form, record(), FAILED).splitlines()

    assert json.loads(first) == {
        "timestamp": "2026-01-02T03:04:05.006007008Z",
        "severity": "INFO",
        "body": "order placed",
        "service": "gateway",
        "scope": "shop.orders",
        "trace_id": "8f11d1722308dfce020d33f94aabcc74",
        "span_id": "a887b5f320e1f90d",
        "event_name": None,
        "attributes": {"log.record.uid": "ab" * 16, "order.id": 7, "note": "two words"},
        "resource": {"service.name": "gateway", "host.name": "a"},
    }
    assert (
        json.loads(second)["event_name"],
        json.loads(second)["trace_id"],
        json.loads(second)["body"],
    ) == ("order.failed", None, {"step": "pay", "tries": [1, 2]})


def test_a_line_that_is_sent_by_otlp_too_says_so():
    """Whoever collects both keeps one; what telemetry itself says is on the console only."""
    form = JsonFormat(lambda: {"service.name": "gateway"}, by_otlp=True)
    sent, own = written(form, record(), record(is_own=True)).splitlines()

    assert json.loads(sent)["resource"] == {"service.name": "gateway", "otlog.log.exported": True}
    assert json.loads(own)["resource"] == {"service.name": "gateway"}


@pytest.mark.parametrize("color", [True, False])
def test_a_record_cannot_write_control_codes(color):
    """What is logged must not clear the terminal or forge a line."""
    form = TextFormat(color=color)
    hostile = record(body="a\x1b[2Jb\nforged", attributes={"k\x1b": "v\x1b[31m\r\n"}, scope="s\x1b")
    plain = record(body="ab", attributes={"k": "v"}, scope="s")
    text = written(form, hostile)

    # Only the second line of the body adds a pair of colour codes.
    assert written(form, plain).count("\x1b") + (2 if color else 0) == text.count("\x1b")
    assert "\n    forged" in re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_values_that_json_does_not_know():
    """Bytes, NaN and huge integers do not lose the line."""
    form = JsonFormat(dict)
    line = written(form, record(attributes={"b": b"x", "n": float("nan"), "h": 2**100}))
    assert {"b", "n", "h"} == set(json.loads(line)["attributes"])


def test_a_lone_surrogate_does_not_lose_the_lines_around_it():
    """Undecodable file names have them."""
    form = JsonFormat(lambda: {"service.name": "x"})
    hostile = record(body="\udcff", attributes={"\udcff": [{"\udcff": b"\xff"}]})
    lines = written(form, record(), hostile, record()).splitlines()

    assert [json.loads(line)["body"] for line in lines] == [
        "order placed",
        "\udcff",
        "order placed",
    ]
    assert json.loads(lines[1])["resource"] == {"service.name": "x"}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("mode", "terminal", "environ", "expected"),
    [
        ("auto", True, {}, "colour"),
        ("auto", True, {"NO_COLOR": "1"}, "plain"),
        ("auto", True, {"NO_COLOR": ""}, "colour"),
        ("auto", False, {}, "json"),
        ("text", False, {}, "plain"),
        ("text", True, {}, "colour"),
        ("json", True, {}, "json"),
        ("off", True, {}, "none"),
    ],
)
def test_the_form_follows_setting_terminal_and_no_color(mode, terminal, environ, expected):
    """`auto`: text for people, JSON for everything else."""
    stream = Terminal() if terminal else io.StringIO()
    form = choose_format(mode, stream, environ, dict)
    if form is None:
        found = "none"
    elif isinstance(form, JsonFormat):
        found = "json"
    else:
        found = "colour" if "\x1b" in written(form, record()) else "plain"

    assert expected == found


def test_a_closed_or_missing_stream_is_no_error():
    """A daemon may have closed its standard error."""
    closed = io.StringIO()
    closed.close()
    for stream in (closed, None):
        ConsoleSink(TextFormat(color=False), lambda stream=stream: stream).write([record()])
