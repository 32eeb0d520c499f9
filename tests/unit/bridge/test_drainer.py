"""What waits in the spool is sent piece by piece; what is refused is counted."""

import time

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_logging.bridge import encode
from otel_logging.bridge.counts import Counts
from otel_logging.bridge.http import HttpTarget, HttpTransport
from otel_logging.bridge.parts import LogParts, SpanParts
from otel_logging.bridge.record import Record
from otel_logging.bridge.spans import SpanDrops
from otel_logging.bridge.spool import Spool
from otel_logging.bridge.spooling import Drainer
from tests.launcher.receiver import receiver

COUNT = 100


@pytest.fixture
def collector():
    """A receiver."""
    with receiver() as running:
        yield running


@pytest.fixture
def drained(tmp_path, collector):
    """Keep a request in a spool that is sent to the receiver until nothing waits any more."""

    def run(signal, parts, request):
        spool = Spool(tmp_path / "spool", signal, 10_000_000)
        transport = HttpTransport(HttpTarget(url=f"{collector.url}/v1/{signal}"))
        drainer = Drainer(spool, parts, transport, timeout=10)
        assert drainer.keep(request)
        end = time.monotonic() + 60
        while list((tmp_path / "spool").glob("*.otlp")):
            assert time.monotonic() < end
            time.sleep(0.01)
        drainer.close()

    return run


def some_logs(count=COUNT):
    """A request with records of two scopes and severities."""
    encoded = []
    for number in range(count):
        record = Record()
        record.scope = "even" if number % 2 == 0 else "odd"
        record.timestamp = record.observed_timestamp = 1
        record.severity_number, record.severity_text = (9, "INFO") if number % 5 else (17, "ERROR")
        record.body = f"{number} {'x' * 50}"
        record.attributes = {}
        record.event_name = None
        record.trace_id = 0
        encoded.append((record.scope, encode.log_record(record)))
    return encode.request(encode.resource({"service.name": "shop"}), encoded)


def some_spans():
    """A request with spans."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    for number in range(COUNT):
        provider.get_tracer("shop").start_span(f"span {number}").end()
    return encode_spans(kept.get_finished_spans()).SerializeToString()


def refuse_above(size):
    """Answer 413 to requests of more bytes."""
    return lambda path, request: (413 if request.ByteSize() > size else 200, {}, b"")


def test_records_that_are_too_large_together_are_split(collector, drained):
    """Down to what the receiver takes, under their own scopes and resource."""
    counts = Counts()
    collector.answer = refuse_above(2_000)
    drained("logs", LogParts(counts), some_logs())

    assert len(collector.requests) > 4
    assert sorted((f"{n} {'x' * 50}", ("even", "odd")[n % 2]) for n in range(COUNT)) == sorted(
        (log["body"], log["scope"]) for log in collector.logs()
    )
    assert {log["resource"]["service.name"] for log in collector.logs()} == {"shop"}
    assert counts.drops() == {}


def test_a_record_that_is_too_large_alone_is_counted(collector, drained):
    """By its severity, as every other that is lost."""
    counts = Counts()
    collector.answer = refuse_above(10)
    drained("logs", LogParts(counts), some_logs())

    assert counts.drops() == {("too_large", "INFO"): 80, ("too_large", "ERROR"): 20}


def test_refused_records_are_counted_by_severity(collector, drained):
    """The file is gone, what was in it is known."""
    counts = Counts()
    collector.answer = lambda path, request: (400, {}, b"")
    drained("logs", LogParts(counts), some_logs())

    assert counts.drops() == {("rejected", "INFO"): 80, ("rejected", "ERROR"): 20}


def test_spans_are_split_and_counted_too(collector, drained):
    """A quarter is refused for good after it was split."""
    drops = SpanDrops()
    first = f"span {COUNT - 1}"
    collector.answer = lambda path, request: (
        413
        if len(request.resource_spans[0].scope_spans[0].spans) > COUNT // 4
        else 400
        if any(span.name == first for span in request.resource_spans[0].scope_spans[0].spans)
        else 200,
        {},
        b"",
    )
    drained("traces", SpanParts(drops), some_spans())

    assert sorted(f"span {n}" for n in range(COUNT - COUNT // 4)) == sorted(
        span.name for span in collector.spans()
    )
    assert drops.total()["rejected"] == COUNT // 4


def test_a_request_with_one_record_is_not_split():
    """It would be for ever."""
    assert LogParts(Counts()).halves(some_logs(1)) == []


def test_what_a_receiver_refuses_out_of_an_accepted_request_is_counted(collector, drained):
    """OTLP's partial success tells how many, not which."""
    counts = Counts()
    success = ExportLogsPartialSuccess(rejected_log_records=3)
    answer = ExportLogsServiceResponse(partial_success=success).SerializeToString()
    collector.answer = lambda path, request: (200, {}, answer)
    drained("logs", LogParts(counts), some_logs())

    assert counts.drops() == {("rejected", ""): 3}
