"""Delivery against a real receiver that fails in every way the specification allows."""

import time
from concurrent import futures
from email.utils import formatdate

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2_grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)

from otel_logging.bridge import sender
from otel_logging.bridge.counts import Counts
from otel_logging.bridge.direct import Bounds, DirectSink
from otel_logging.bridge.grpc import GrpcTarget, GrpcTransport
from otel_logging.bridge.http import HttpTarget, HttpTransport, retry_after
from otel_logging.bridge.record import Record
from tests.launcher.receiver import receiver


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    """Seconds become hundredths."""
    monkeypatch.setattr(sender, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(sender, "MAX_BACKOFF", 0.1)


@pytest.fixture
def collector():
    """A receiver."""
    with receiver() as running:
        yield running


@pytest.fixture
def make_sink():
    """Make sinks; all are closed afterwards."""
    sinks = []

    def make(transport, items=10_000, size=10_000_000):
        bounds = Bounds(items, size, delay=0.05, timeout=5.0)
        sinks.append((DirectSink(transport, lambda: {"service.name": "x"}, bounds, counts), counts))
        return sinks[-1]

    counts = Counts()
    yield make
    for sink, _ in sinks:
        sink.close(time.monotonic() + 1)


def record(number, severity=9, event=None, size=0):
    """A record with a number for a body."""
    made = Record()
    made.scope, made.severity_text, made.severity_number = "shop", "INFO", severity
    made.timestamp = made.observed_timestamp = number + 1
    made.trace_id = made.span_id = made.trace_flags = 0
    made.event_name, made.body, made.attributes = event, number, {"pad": "x" * size}
    return made


def bodies(collector):
    """The numbers that arrived, without the sink's own records."""
    return [log["body"] for log in collector.logs() if log["scope"] == "shop"]


def flush(sink):
    """Deliver, within a minute."""
    assert sink.flush(time.monotonic() + 60)


def http(collector, **options):
    """A transport to a receiver."""
    return HttpTransport(HttpTarget(url=f"{collector.url}/v1/logs", **options))


def test_records_arrive_in_order_with_the_resource(collector, make_sink):
    """Two thousand records, in requests of at most 512."""
    sink, counts = make_sink(http(collector, headers={"authorization": "token"}))
    sink.write([record(number) for number in range(2000)])
    flush(sink)

    assert list(range(2000)) == bodies(collector)
    assert {"x"} == {log["resource"]["service.name"] for log in collector.logs()}
    assert len(collector.requests) >= 4
    assert {"token"} == {headers["authorization"] for headers in collector.headers}
    assert counts.drops() == {}


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_temporary_failure_is_retried_until_it_passes(collector, make_sink, status):
    """More often than OpenTelemetry's six times."""
    left = [10]

    def answer(path, request):
        left[0] -= 1
        return (status, {}, b"") if left[0] > 0 else (200, {}, b"")

    collector.answer = answer
    sink, counts = make_sink(http(collector))
    sink.write([record(number) for number in range(5)])
    flush(sink)

    assert bodies(collector) == [0, 1, 2, 3, 4]
    assert counts.drops() == {}


def test_retry_after_is_waited_for(collector, make_sink):
    """At least as long as the receiver asks."""
    times = []

    def answer(path, request):
        times.append(time.monotonic())
        return (503, {"Retry-After": "0.5"}, b"") if len(times) == 1 else (200, {}, b"")

    collector.answer = answer
    sink, _ = make_sink(http(collector))
    sink.write([record(0)])
    flush(sink)

    assert times[1] - times[0] >= 0.5


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("7", 7.0), ("-3", 0.0), ("soon", None), ("inf", None), ("nan", None)],
)
def test_retry_after_as_a_number(value, expected):
    """Nonsense asks for nothing."""
    assert expected == retry_after(value)


def test_retry_after_as_a_date():
    """RFC 9110 allows both."""
    assert 50 < retry_after(formatdate(time.time() + 60, usegmt=True)) <= 61


def test_a_request_that_is_too_large_is_split(collector, make_sink):
    """Down to what the receiver takes; a single record that is too large is dropped and counted."""

    def answer(path, request):
        return (413, {}, b"") if request.ByteSize() > 20_000 else (200, {}, b"")

    collector.answer = answer
    sink, counts = make_sink(http(collector))
    sink.write([record(n, size=30_000 if n == 70 else 1_000) for n in range(100)])
    flush(sink)

    assert [n for n in range(100) if n != 70] == sorted(bodies(collector))
    assert counts.drops() == {("too_large", "INFO"): 1}


@pytest.mark.parametrize("status", [400, 401, 404, 500, 501])
def test_a_refusal_drops_the_batch_and_counts_it(collector, make_sink, status):
    """The same request would be refused again; the next one is sent."""
    first = [True]

    def answer(path, request):
        refuse, first[0] = first[0], False
        return (status, {}, b"") if refuse else (200, {}, b"")

    collector.answer = answer
    sink, counts = make_sink(http(collector))
    sink.write([record(0), record(1, severity=17)])
    flush(sink)
    sink.write([record(2)])
    flush(sink)

    assert bodies(collector) == [2]
    assert counts.drops() == {("rejected", "INFO"): 1, ("rejected", "ERROR"): 1}


def test_partial_success_is_counted(collector, make_sink):
    """OTLP allows a receiver to refuse some records of a request that it accepts."""
    partial = ExportLogsServiceResponse(
        partial_success=ExportLogsPartialSuccess(rejected_log_records=3, error_message="old")
    )
    collector.answer = lambda path, request: (200, {}, partial.SerializeToString())
    sink, counts = make_sink(http(collector))
    sink.write([record(n) for n in range(5)])
    flush(sink)
    # Three of the five, and the record that tells of it: it is refused too, and not told of.
    assert counts.drops() == {("rejected", ""): 4}


def test_compressed_requests(collector, make_sink):
    """gzip, and smaller than what it holds."""
    sink, _ = make_sink(http(collector, gzip=True))
    sink.write([record(n, size=500) for n in range(100)])
    flush(sink)

    assert list(range(100)) == bodies(collector)
    assert {"gzip"} == {headers["Content-Encoding"] for headers in collector.headers}
    sizes = [int(headers["Content-Length"]) for headers in collector.headers]
    assert sum(sizes) < sum(map(len, collector.raw)) / 5


def test_nobody_listens_and_then_somebody_does(make_sink):
    """What waited arrives, and one record tells what was dropped meanwhile."""
    with receiver() as first:
        port = int(first.url.rpartition(":")[2])
    transport = HttpTransport(HttpTarget(url=f"http://127.0.0.1:{port}/v1/logs"))
    sink, counts = make_sink(transport, items=100)
    for number in range(1000):
        sink.write([record(number, severity=17 if number % 100 == 0 else 9)])
    sink.write([record(-1, severity=9, event="auth.login")])
    assert not sink.flush(time.monotonic() + 0.2)
    for number in range(1000, 1200):
        sink.write([record(number, severity=21, event="order.failed")])
    with receiver(port) as second:
        flush(sink)
        arrived = bodies(second)
        told = second.wait_for(
            lambda: [log for log in second.logs() if log["event_name"] == "otlog.log.dropped"]
        )
    drops = counts.drops()

    # The audit event outlives errors and other events, which outlive lines.
    assert -1 in arrived
    assert len(arrived) + sum(drops.values()) == 1201
    assert {severity for _, severity in drops} >= {"INFO", "FATAL"}
    attributes = told[0]["attributes"]
    assert attributes["otlog.log.dropped.queue_full.info"] == drops[("queue_full", "INFO")]


def test_a_restarted_receiver_gets_the_next_request(make_sink):
    """The kept connection is dead: it is opened anew, without a wait and without a loss."""
    with receiver() as first:
        port = int(first.url.rpartition(":")[2])
        sink, counts = make_sink(http(first))
        sink.write([record(0)])
        flush(sink)
        assert bodies(first) == [0]
    with receiver(port) as second:
        sink.write([record(1)])
        flush(sink)

        assert bodies(second) == [1]
    assert counts.drops() == {}


def test_closing_gives_up_at_the_deadline_and_counts(make_sink):
    """The receiver is away and stays away."""
    sink, counts = make_sink(HttpTransport(HttpTarget(url="http://127.0.0.1:9/v1/logs")))
    sink.write([record(n) for n in range(700)])
    began = time.monotonic()

    assert not sink.close(began + 0.5)
    assert time.monotonic() - began < 20
    assert counts.drops() == {("shutdown", "INFO"): 700}


class GrpcReceiver(logs_service_pb2_grpc.LogsServiceServicer):
    """Keeps requests; fails as often as it is told to."""

    def __init__(self):
        self.requests = []
        self.metadata = []
        self.failures = []

    def Export(self, request, context):  # noqa: N802
        """Take a request."""
        self.metadata.append(dict(context.invocation_metadata()))
        if self.failures:
            code, delay = self.failures.pop(0)
            if delay is not None:
                info = RetryInfo()
                info.retry_delay.FromMilliseconds(int(delay * 1000))
                context.set_trailing_metadata(
                    (("google.rpc.retryinfo-bin", info.SerializeToString()),)
                )
            context.abort(code, "told to")
        self.requests.append(request)
        return ExportLogsServiceResponse()


@pytest.fixture
def grpc_collector():
    """A gRPC receiver and its address."""
    service = GrpcReceiver()
    server = grpc.server(futures.ThreadPoolExecutor(4))
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(service, server)
    service.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield service
    server.stop(0).wait()


def test_grpc_sends_the_same_bytes(grpc_collector, make_sink):
    """With metadata; decoded by the official service."""
    target = GrpcTarget(address=grpc_collector.address, metadata=(("key", "value"),), gzip=True)
    sink, _ = make_sink(GrpcTransport(target))
    sink.write([record(n) for n in range(700)])
    flush(sink)
    logs = [
        log.body.int_value
        for request in grpc_collector.requests
        for log in request.resource_logs[0].scope_logs[0].log_records
    ]

    assert list(range(700)) == logs
    assert {"value"} == {metadata["key"] for metadata in grpc_collector.metadata}


def test_grpc_failures(grpc_collector, make_sink):
    """Temporary ones are retried, with the delay asked for; too large is split; others drop."""
    exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED
    grpc_collector.failures = [
        (grpc.StatusCode.UNAVAILABLE, None),
        (exhausted, 0.1),
        (exhausted, None),
    ]
    sink, counts = make_sink(GrpcTransport(GrpcTarget(address=grpc_collector.address)))
    sink.write([record(n) for n in range(4)])
    flush(sink)
    grpc_collector.failures = [(grpc.StatusCode.INVALID_ARGUMENT, None)]
    sink.write([record(9)])
    flush(sink)

    sizes = [
        len(request.resource_logs[0].scope_logs[0].log_records)
        for request in grpc_collector.requests
    ]
    assert sizes[:2] == [2, 2]
    assert counts.drops() == {("rejected", "INFO"): 1}
