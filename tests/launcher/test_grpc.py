"""The same over gRPC, forks included, whose threads and locks a child does not inherit."""

import signal

import pytest

from tests.launcher.grpc_receiver import grpc_receiver


@pytest.fixture
def grpc_collector():
    """A gRPC receiver of all three signals."""
    with grpc_receiver() as running:
        yield running


def test_all_signals_arrive_and_a_forked_child_sends_its_own(laboratory, grpc_collector):
    """The channel of the parent is in use when it forks."""
    process = laboratory.program(
        """
import logging, os, otel_logging
from opentelemetry import metrics, trace
log = logging.getLogger("shop")
def work(name):
    for number in range(50):
        with trace.get_tracer("shop").start_as_current_span(f"{name} {number}"):
            log.info("%s %s to bob@example.com", name, number)
work("parent")
assert otel_logging.flush(30)
child = os.fork()
if child == 0:
    work("child")
    raise SystemExit(0)
_, status = os.waitpid(child, 0)
assert status == 0
work("after")
metrics.get_meter("shop").create_counter("sold").add(1)
""",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_EXPORTER_OTLP_ENDPOINT=grpc_collector.url,
    )

    assert process.wait() == 0, process.text
    bodies = [log["body"] for log in grpc_collector.logs() if log["scope"] == "shop"]
    names = [span.name for span in grpc_collector.spans()]
    for name in ("parent", "child", "after"):
        assert sorted(f"{name} {n} to ***MASKED***" for n in range(50)) == sorted(
            body for body in bodies if body.startswith(name)
        )
        assert sorted(f"{name} {n}" for n in range(50)) == sorted(
            each for each in names if each.startswith(name)
        )
    assert "sold" in {metric.name for metric in grpc_collector.metrics()}


def test_forked_servers_send_their_own(laboratory, grpc_collector, port):
    """gunicorn loads the app, and with it the channel, before it forks its workers."""
    laboratory.module(
        "app",
        """
import logging
from fastapi import FastAPI
app = FastAPI()
log = logging.getLogger("shop")
log.info("loaded")
@app.get("/orders/{number}")
async def order(number: int):
    log.info("order %s", number)
""",
    )
    process = laboratory.start(
        *("opentelemetry-instrument", "gunicorn", "app:app", "-b", f"127.0.0.1:{port}"),
        *("-w", "2", "-k", "uvicorn_worker.UvicornWorker", "--preload"),
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_EXPORTER_OTLP_ENDPOINT=grpc_collector.url,
    )
    for number in range(20):
        assert laboratory.get(port, f"/orders/{number}")[0] == 200, process.text
    process.signal(signal.SIGTERM)
    process.wait()
    bodies = [str(log["body"]) for log in grpc_collector.logs()]

    assert bodies.count("loaded") == 1
    assert sorted(f"order {n}" for n in range(20)) == sorted(b for b in bodies if "order " in b)
    assert len([span for span in grpc_collector.spans() if span.kind == 2]) == 20


def test_nothing_is_exported_where_the_sdk_is_disabled(laboratory, collector):
    """`OTEL_SDK_DISABLED` leaves the console."""
    process = laboratory.program(
        "import logging\nlogging.getLogger('shop').info('here')", OTEL_SDK_DISABLED="true"
    )

    assert process.wait() == 0
    assert "here" in process.text
    assert collector.logs() == []
