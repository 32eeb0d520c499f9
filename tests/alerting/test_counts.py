"""What the Collector counts for the rules is exact, however many send at once."""

from __future__ import annotations

import re
import threading
import uuid
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.collector import canary, far_ends
from tests.collector.test_span_metrics import by_service, span
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

SENDERS, REQUESTS = 8, 100


def records() -> list[LogRecord]:
    """One with the pattern, one error with an exception, and some that are neither."""
    error = canary.attributes({"exception.type": "KeyError"})
    number = SeverityNumber
    return [
        LogRecord(
            body=canary.value("the broker is away"), severity_number=number.SEVERITY_NUMBER_WARN
        ),
        LogRecord(severity_number=number.SEVERITY_NUMBER_ERROR, attributes=error),
        LogRecord(severity_number=number.SEVERITY_NUMBER_WARN, attributes=error),
        LogRecord(severity_number=number.SEVERITY_NUMBER_ERROR, body=canary.value("no exception")),
        LogRecord(body=canary.value({"the broker is away": "in a structured body"})),
    ]


def call(status: int | None) -> Span:
    """A failed call of another service, with the status of its answer where there was one."""
    made = span(uuid.uuid4().bytes, None, Span.SPAN_KIND_CLIENT, **{"server.address": "auth"})
    if status is not None:
        number = AnyValue(int_value=status)
        made.attributes.append(KeyValue(key="http.response.status_code", value=number))
    return made


def send(endpoint: str) -> None:
    """Send many requests over one connection."""
    of_service = canary.logs(*records(), service="event-service")
    of_another = canary.logs(*records()[:1], service="somebody-else")
    calls = [by_service({"event-service": call(status)}) for status in (None, 503, 401)]
    with httpx.Client() as client:
        for _ in range(REQUESTS):
            for request in (of_service, of_another, *calls):
                assert canary.send(endpoint, request, client).status_code == 200


def on_page(page: bytes, name: str) -> dict[str, float]:
    """The series of a metric on the page: value by labels."""
    found = re.findall(rf"^{name}\{{(.*)\}} (\S+)", page.decode(), re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def test_counts_are_exact_with_many_senders(tmp_path: Path) -> None:
    """Patterns of their service alone, errors by type of exception, calls without an answer."""
    total = SENDERS * REQUESTS
    wanted = {
        "otlog_collector_pattern_broker_away_total": total,
        "otlog_collector_errors_total": total,
        "otlog_collector_dependency_failures_total": 2 * total,
    }
    with far_ends.opened(tmp_path, ("store", "prometheus", "alerts")) as ends:
        threads = [
            threading.Thread(target=send, args=(ends.collector.http,)) for _ in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        def page() -> dict[str, float]:
            return {name: sum(on_page(ends.page(), name).values()) for name in wanted}

        until(lambda: all(value >= wanted[name] for name, value in page().items()), str(wanted))

        assert page() == wanted
        (labels,) = on_page(ends.page(), "otlog_collector_errors_total")
        assert 'service_name="event-service"' in labels
        assert 'exception_type="KeyError"' in labels
