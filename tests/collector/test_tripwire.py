"""The tripwire counts exactly what the Collector had to mask, however many send at once."""

from __future__ import annotations

import http.client
import itertools
import re
import threading
import time
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from stack.ports import HOST
from tests.collector import canary, far_ends, graph
from tests.collector.canary import Canary
from tests.collector.readme import OVERLAYS
from tests.collector.receivers import HttpReceiver
from tests.collector.waiting import until

SENDERS, REQUESTS = 8, 1000
METRIC = "otlog.collector.redactions"


def on_page(page: bytes, **labels: str) -> float:
    """The value of the tripwire's series with these labels on a Prometheus page; 0 when absent."""
    for line in page.decode().splitlines():
        found = re.match(r"otlog_collector_redactions_total\{(.*)\} (\S+)", line)
        if found and all(f'{name}="{value}"' in found[1] for name, value in labels.items()):
            return float(found[2])
    return 0.0


def increments(store: HttpReceiver) -> list[NumberDataPoint]:
    """The tripwire's points that an OTLP backend was sent."""
    requests = map(
        ExportMetricsServiceRequest.FromString, list(store.bodies.get("/v1/metrics", []))
    )
    metrics = (
        metric
        for request in requests
        for of_resource in request.resource_metrics
        for of_scope in of_resource.scope_metrics
        for metric in of_scope.metrics
    )
    return [
        point for metric in metrics if metric.name == METRIC for point in metric.sum.data_points
    ]


def in_store(store: HttpReceiver) -> int:
    """The sum of the tripwire's increments at an OTLP backend."""
    return sum(point.as_int for point in increments(store))


def leaking(number: int) -> LogRecord:
    """A record with a secret: by key in every other one, in its text in the rest."""
    if number % 2:
        return LogRecord(attributes=canary.attributes({"password": canary.PASSWORD}))
    return LogRecord(body=canary.value(f"paid with {canary.CARD}"))


def clean() -> list[LogRecord]:
    """Records that the process has masked itself, in an attribute and in a structured body."""
    masked = {"password": canary.MASKED, "note": "fine"}
    return [
        LogRecord(attributes=canary.attributes(masked), body=canary.value("fine")),
        LogRecord(body=canary.value(masked)),
    ]


def leak(port: int) -> None:
    """Send many requests over one connection; in each one record leaks and two do not."""
    requests = [canary.logs(leaking(number), *clean(), service="leaky") for number in range(2)]
    bodies = itertools.cycle([request.SerializeToString() for request in requests])
    connection = http.client.HTTPConnection(HOST, port)
    for body in itertools.islice(bodies, REQUESTS):
        connection.request("POST", "/v1/logs", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200


@pytest.mark.collector
def test_counts_are_exact_with_many_senders(tmp_path: Path) -> None:
    """With eight concurrent senders the page and the store have the very number of leaks."""
    total, started = SENDERS * REQUESTS, time.time_ns()
    with far_ends.opened(tmp_path, ("store", "prometheus")) as ends:
        senders = [
            threading.Thread(target=leak, args=(ends.collector.http_port,)) for _ in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

        def page() -> float:
            return on_page(ends.page(), service_name="leaky", otlog_signal="logs")

        until(
            lambda: page() >= total and in_store(ends.store) >= total, f"{total} redactions counted"
        )

        assert page() == total
        assert in_store(ends.store) == total
        assert all(point.time_unix_nano >= started for point in increments(ends.store))


@pytest.mark.collector
def test_spans_are_counted(tmp_path: Path) -> None:
    """A span and its event that leak are counted as traces, under the service's name."""
    with far_ends.opened(tmp_path, ("store", "prometheus")) as ends:
        Canary().send(ends.collector.http)

        def page() -> float:
            return on_page(ends.page(), service_name="canary", otlog_signal="traces")

        until(lambda: page() >= 2, "a span and a span event counted")

        assert page() == 2


def test_both_pages_are_one() -> None:
    """Overlays prometheus and loki-tempo say the same of what they share."""
    prometheus = graph.load([OVERLAYS / "prometheus.yaml"])
    loki_tempo = graph.load([OVERLAYS / "loki-tempo.yaml"])

    assert graph.merge(loki_tempo, prometheus) == loki_tempo
