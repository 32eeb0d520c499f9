"""No log call raises, whatever it is given, and no record is lost for it."""

import collections
import logging
import random
import threading

import pytest

from otel_logging.bridge import encode
from tests.launcher.receiver import ExportLogsServiceRequest, log_as_dict


class Raising:
    """Raises from everything that might be asked of it."""

    def __str__(self):
        raise RuntimeError("str")

    __repr__ = __str__
    __len__ = __iter__ = __bool__ = __eq__ = __hash__ = __str__


class RaisingMapping(collections.UserDict):
    """A mapping whose items cannot be read."""

    def items(self):
        raise RuntimeError("items")


def cycle():
    """A list that holds itself."""
    own = []
    own.append(own)
    return own


def deep(levels=5000):
    """A value nested deeper than Python recurses."""
    value = "bottom"
    for _ in range(levels):
        value = [value]
    return value


def cyclic_error():
    """An exception whose causes form a circle."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    return first


HOSTILE = [
    "\udcff lone surrogate",
    "\x00\x1b[31m",
    "x" * 200_000,
    "",
    float("nan"),
    float("inf"),
    10**5000,
    -(2**63) - 1,
    b"\xff\xfe",
    bytearray(b"x"),
    memoryview(b"abcdef")[::2],
    object(),
    Raising(),
    RaisingMapping(),
    cycle(),
    deep(),
    {"\udcff": {"\udcff": ["\udcff"]}},
    {Raising: 1, None: 2, 3: {4: 5}},
    [set(), frozenset({1}), collections.deque([1])],
    (value for value in [1]),
    lambda: None,
    logging,
    ValueError("\udcff"),
    range(10**9),
    {"a": list(range(100_000))},
]


def encoded(records):
    """Send records over the wire form and back, by the official protobufs."""
    request = encode.request(
        encode.resource({"service.name": "x"}),
        [(record.scope, encode.log_record(record)) for record in records],
    )
    decoded = ExportLogsServiceRequest.FromString(request)
    return [
        log_as_dict(record, scope.scope.name, {})
        for scope in decoded.resource_logs[0].scope_logs
        for record in scope.log_records
    ]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_any_value_is_taken_anywhere(bridge, value):
    """As body, argument, attribute, nested, bound and in an exception."""
    bridge.logger.info(value)
    bridge.logger.info("%s", value)
    bridge.logger.info("%d %d", value)  # noqa: PLE1206 - wrong on purpose
    bridge.logger.info("x", extra={"value": value, "nested": [{"value": value}]})
    bridge.logger.error("x", exc_info=ValueError(value))

    assert len(encoded(bridge.records())) == 5


def test_a_wrong_format_keeps_template_arguments_and_error(bridge):
    """`logging` would print a traceback, and OpenTelemetry's handler raise."""
    bridge.logger.info("%d pieces", "many")
    record = bridge.record()

    assert record.body == "%d pieces"
    assert record.attributes["otlog.format.arguments"] == ["many"]
    assert record.attributes["otlog.format.error"].startswith("TypeError: %d format")


def test_wrong_exc_info_is_no_exception(bridge):
    """`exc_info=True` outside an `except` block, and nonsense."""
    bridge.logger.error("x", exc_info=True)
    bridge.handler.handle(logging.LogRecord("a", 20, "", 1, "x", None, (1, 2, 3)))

    assert [record.attributes.get("exception.type") for record in bridge.records()] == [None, None]


@pytest.mark.parametrize("name", ["thread.name", "log.record.uid", "event.name", "taskName"])
def test_names_of_ones_own_with_values_of_any_type(bridge, name):
    """What the bridge reads itself may have been given by the caller, as something else."""
    for value in (7, None, ["a"], {"a": Raising()}, Raising()):
        bridge.logger.info("x", extra={name: value})
        bridge.logger.info("beside")

    assert len(encoded(bridge.records())) == 10
    assert bridge.counts.drops() == {}


def test_circular_causes_end(bridge):
    """A circle of exceptions is shown once."""
    bridge.logger.error("x", exc_info=cyclic_error())
    assert "ValueError: a" in bridge.attributes()["exception.stacktrace"]


def test_a_value_that_logs_while_it_is_read(bridge):
    """Both records come, once; OpenTelemetry's handler gives the inner one up."""

    class Chatty:
        def __str__(self):
            bridge.logger.info("inner")
            return "outer"

    bridge.logger.info("%s", Chatty())
    assert [record.body for record in bridge.records()] == ["inner", "outer"]


def test_a_long_text_is_cut_between_words(bridge):
    """Half a token would pass redaction and still be half a secret."""
    bridge.logger.info("word " * 20_000 + "end", extra={"one": "y" * 100_000})
    record = bridge.record()

    assert record.body.endswith(" word [truncated: 100003 characters]")
    assert record.attributes["one"] == " [truncated: 100000 characters]"


def test_a_hundred_thousand_hostile_records_lose_none(bridge):
    """From four threads at once; what comes out is what went in."""
    count = 25_000

    def write(seed):
        chooser = random.Random(seed)
        # What takes milliseconds to read comes less often than the rest.
        large = [HOSTILE[2], HOSTILE[15], *HOSTILE[23:]]
        small = [each for each in HOSTILE if not any(each is one for one in large)]
        for number in range(count):
            value = chooser.choice(large if number % 500 == 0 else small)
            bridge.logger.info(value, extra={"number": number, "value": chooser.choice(small)})

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = bridge.records()

    assert 4 * count == len(records)
    assert 4 * count == len(encoded(records))
    assert bridge.counts.drops() == {}
