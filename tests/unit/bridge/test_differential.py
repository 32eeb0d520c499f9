"""Direct mode, compatibility mode and OpenTelemetry's own handler write the same records."""

import logging
import random
import time

import pytest
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from otel_logging.bridge.compat import CompatSink
from otel_logging.bridge.counts import Counts
from otel_logging.bridge.direct import Bounds, DirectSink
from otel_logging.bridge.transport import Outcome, Reply
from tests.launcher.receiver import ExportLogsServiceRequest, attributes, log_as_dict


class Wire:
    """Keeps encoded requests: a transport for one mode, an exporter for the others."""

    endpoint = "nowhere"

    def __init__(self):
        self.requests = []

    def send(self, request, timeout):
        self.requests.append(request)
        return Reply(Outcome.ACCEPTED)

    def export(self, batch):
        self.requests.append(encode_logs(batch).SerializeToString())

    def close(self):
        pass

    shutdown = after_fork = close

    def force_flush(self, timeout_millis=0):
        return True

    def records(self):
        """What was sent, decoded by the official protobufs, in the order of the calls."""
        found = [
            log_as_dict(record, scope.scope.name, attributes(resource.resource))
            for request in self.requests
            for resource in ExportLogsServiceRequest.FromString(request).resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]
        for record in found:
            record["attributes"].pop("log.record.uid", None)
            del record["observed"]
        return sorted(found, key=lambda record: record["timestamp"])


@pytest.fixture
def provider_wire():
    """A logger provider of OpenTelemetry and the wire that it sends to."""
    wire, provider = Wire(), LoggerProvider(Resource({"service.name": "x"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(wire))
    yield provider, wire
    provider.shutdown()


def calls(chooser, count, values):
    """Log calls of every shape: name, level, message, arguments, attributes."""
    for number in range(count):
        extra = {
            chooser.choice("abcdefgh"): chooser.choice(values) for _ in range(chooser.randrange(5))
        }
        yield (
            chooser.choice(["shop", "shop.orders", "auth"]),
            chooser.choice([10, 20, 21, 25, 30, 40, 50]),
            "%s did %s in %.1f",
            ("alice", chooser.choice(["login", "logout"]), number / 7),
            extra,
        )


def emit(handler, each, number):
    """Make a record and give it to a handler, with a time of its own."""
    name, level, message, arguments, extra = each
    logger = logging.Logger(name)
    record = logger.makeRecord(name, level, "f.py", 1, message, arguments, None, "f", dict(extra))
    record.created = 1_700_000_000 + number
    handler.handle(record)


PLAIN = [
    "text",
    "한글",
    7,
    -1,
    2.5,
    True,
    b"\x00",
    ["a", "b"],
    {"k": {"l": [1]}},
    "mail bob@example.com",
]
SIMPLE = ["text", "한글", 7, -1, 2.5, True, ["a", "b"]]


def test_direct_and_compat_modes_give_the_same_records(make_bridge, provider_wire):
    """Thousands of generated calls, redacted, inside and outside a span."""
    provider, compat_wire = provider_wire
    direct_wire = Wire()
    direct, compat = make_bridge(), make_bridge()
    direct.worker._sinks = [
        DirectSink(direct_wire, lambda: {"service.name": "x"}, Bounds(10**6, 10**9), Counts())
    ]
    compat.worker._sinks = [CompatSink(provider, provider.force_flush, Counts())]
    tracer = TracerProvider().get_tracer("test")
    for number, each in enumerate(calls(random.Random(1), 4000, PLAIN)):
        with tracer.start_as_current_span("s"):
            emit(direct.handler, each, number)
            emit(compat.handler, each, number)
    for bridge in (direct, compat):
        assert bridge.worker.flush(time.monotonic() + 60)
        for sink in bridge.worker._sinks:
            sink.close(time.monotonic() + 60)
    ours, theirs = direct_wire.records(), compat_wire.records()

    assert len(ours) == 4000
    assert theirs == ours
    assert "bob@example.com" not in repr(ours)


def test_opentelemetrys_handler_gives_the_same_for_what_it_can(make_bridge, provider_wire):
    """Its known shortcomings aside, there is no difference."""
    provider, their_wire = provider_wire
    our_wire = Wire()
    bridge = make_bridge()
    bridge.worker._sinks = [
        DirectSink(our_wire, lambda: {"service.name": "x"}, Bounds(10**6, 10**9), Counts())
    ]
    theirs_handler = LoggingHandler(logger_provider=provider)
    for number, each in enumerate(calls(random.Random(2), 2000, SIMPLE)):
        emit(bridge.handler, each, number)
        emit(theirs_handler, each, number)
    assert bridge.worker.flush(time.monotonic() + 60)
    bridge.worker._sinks[0].close(time.monotonic() + 60)

    assert len(our_wire.records()) == 2000
    assert their_wire.records() == our_wire.records()


def test_a_processor_that_raises_loses_only_what_it_raised_at(make_bridge, provider_wire):
    """It raises in the worker, not in the application, and what is lost is counted."""

    class Picky(LogRecordProcessor):
        def on_emit(self, log_record):
            if log_record.log_record.body == "3":
                raise ValueError("not this one")

        def shutdown(self):
            pass

        def force_flush(self, timeout_millis=0):
            return True

    provider, wire = provider_wire
    provider._multi_log_record_processor._log_record_processors = (
        Picky(),
        *provider._multi_log_record_processor._log_record_processors,
    )
    bridge = make_bridge()
    bridge.worker._sinks = [CompatSink(provider, provider.force_flush, bridge.counts)]
    for number in range(6):
        bridge.logger.info("%d", number)
    bridge.records()

    assert [record["body"] for record in wire.records()] == ["0", "1", "2", "4", "5"]
    assert bridge.counts.drops() == {("processor", "INFO"): 1}
