"""Both integrations under the real launcher, with the real server and broker."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from stack.part import Part
from stack.ports import HOST, answers, free_port
from tests.launcher.receiver import Receiver, attributes, receiver

pytestmark = pytest.mark.rabbitmq

ROOT = Path(__file__).resolve().parents[2]
STRANGER = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {
    "traceparent": f"00-{STRANGER}-00f067aa0ba902b7-01",
    "baggage": "user.id=somebody",
    "X-Request-Id": "r-1",
}


class Shop(Part):
    """The service, at the edge of its system or behind it."""

    name = "shop"

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._environ = environ

    def command(self) -> Sequence[str]:
        binaries = Path(sys.executable).parent
        where = ("--host", HOST, "--port", str(self.port), "--app-dir", str(ROOT))
        uvicorn = (str(binaries / "uvicorn"), "tests.integrations.launched_app:app", *where)
        return (str(binaries / "opentelemetry-instrument"), *uvicorn)

    def environ(self) -> Mapping[str, str]:
        return self._environ

    def ready(self) -> bool:
        return answers(f"{self.url}/healthz")


@pytest.fixture(scope="module")
def backend() -> Iterator[Receiver]:
    """Receive the telemetry of both."""
    with receiver() as running:
        yield running


@pytest.fixture(scope="module", params=["true", "false"], ids=["edge", "inside"])
def shop(request, broker, backend, tmp_path_factory) -> Iterator[Shop]:
    """Run the service, at the edge or not."""
    backend.requests.clear()
    environ = {
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": backend.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTLOG_EDGE": request.param,
        "AMQP_URL": broker.url,
    }
    with Shop(tmp_path_factory.mktemp("shop"), environ) as running:
        running.edge = request.param == "true"
        yield running


def test_one_trace(shop, backend) -> None:
    """R1.1, R1.6, R3.4: request, background task, access line and message are one trace.

    At the edge it is a new one that links to the stranger's, and their baggage is gone.
    """
    response = httpx.get(f"{shop.url}/orders/7", headers=HEADERS)
    trace_id = response.headers["x-trace-id"]

    assert (trace_id == STRANGER) is not shop.edge
    for body in ("ordered", "in the background", "handled"):
        log = backend.wait_for(lambda body=body: find(backend, trace_id, body=body), body)
        if body == "handled":
            assert log["attributes"]["messaging.message.id"] == "7"
            assert log["attributes"]["messaging.destination.name"] == "launched"
        else:
            assert log["attributes"]["http.route"] == "/orders/{order_id}"
            assert log["attributes"]["client.address"] == "127.0.0.1"
        assert (log["attributes"].get("user.id") == "somebody") is not shop.edge
    backend.wait_for(lambda: find(backend, trace_id, scope="uvicorn.access"), "access line")

    spans = backend.wait_for(lambda: spans_of(backend, trace_id, 4), "4 spans")
    assert sorted(span.name for span in spans) == [
        "BackgroundTask info",
        "GET /orders/{order_id}",
        "process launched",
        "send launched",
    ]
    (server,) = [span for span in spans if span.name.startswith("GET")]
    links = [link.trace_id.hex() for link in server.links]
    assert links == ([STRANGER] if shop.edge else [])


def test_unhandled_exception(shop, backend) -> None:
    """R1.1: the traceback comes once, with the trace ID that the caller got."""
    response = httpx.get(f"{shop.url}/broken")
    trace_id = response.headers["x-trace-id"]

    # A repeat would come before the access line of the next request.
    after = httpx.get(f"{shop.url}/healthz").headers["x-trace-id"]
    backend.wait_for(lambda: find(backend, after, scope="uvicorn.access"), "access line")
    failures = [
        log
        for log in backend.logs()
        if log["attributes"].get("exception.message") == "no such thing"
    ]
    assert [log["trace_id"] for log in failures] == [trace_id]
    assert failures[0]["attributes"]["http.route"] == "/broken"


def test_query_of_outgoing_calls(shop, backend) -> None:
    """R2.2: neither httpx's own line nor its span shows the secret of a URL's query."""
    response = httpx.get(f"{shop.url}/call", params={"url": f"{shop.url}/healthz"})
    trace_id = response.headers["x-trace-id"]

    log = backend.wait_for(lambda: find(backend, trace_id, scope="httpx"), "httpx's line")
    url = backend.wait_for(lambda: called_url(backend, trace_id), "client span")
    assert "access_token" in log["body"]
    assert "access_token" in url
    assert b"s3cr3t-t0ken-value" not in b"".join(backend.raw)
    assert "s3cr3t-t0ken-value" not in shop.output()


def find(backend: Receiver, trace_id: str, **wanted: str) -> dict[str, object] | None:
    """Return a record of a trace with these fields."""
    for log in backend.logs():
        if log["trace_id"] == trace_id and wanted.items() <= log.items():
            return log
    return None


def spans_of(backend: Receiver, trace_id: str, count: int) -> list[object] | None:
    """Return the spans of a trace when there are that many."""
    spans = [span for span in backend.spans() if span.trace_id.hex() == trace_id]
    return spans if len(spans) >= count else None


def called_url(backend: Receiver, trace_id: str) -> str | None:
    """Return the URL on a trace's client span."""
    urls = [attributes(span).get("url.full") for span in spans_of(backend, trace_id, 0) or ()]
    return next(filter(None, urls), None)
