"""Servers under `opentelemetry-instrument`: everything arrives, with its trace, and at the end."""

import json
import signal

import pytest

APP = """
import logging
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("shop.orders")

@app.get("/orders/{number}")
async def order(number: int):
    log.info("order %s", number, extra={"password": "hunter2"})
    return {}

@app.get("/fail")
async def fail():
    raise RuntimeError("no card 4111 1111 1111 1111")
"""


@pytest.fixture
def app(laboratory):
    """An app that logs and fails."""
    laboratory.module("app", APP)
    return "app:app"


def servers(port):
    """Ways to serve an app."""
    uvicorn = ["uvicorn", "app:app", "--port", port]
    gunicorn = ["gunicorn", "app:app", "-b", f"127.0.0.1:{port}", "-w", "2"]
    worker = ["-k", "uvicorn_worker.UvicornWorker"]
    return {
        "uvicorn": uvicorn,
        "uvicorn-workers": [*uvicorn, "--workers", "2", "--timeout-worker-healthcheck", "60"],
        "uvicorn-reload": [*uvicorn, "--reload"],
        "gunicorn": [*gunicorn, *worker],
        "gunicorn-preload": [*gunicorn, *worker, "--preload"],
    }


@pytest.mark.parametrize("server", servers(0))
def test_nothing_is_lost_at_sigterm(laboratory, collector, app, port, server):
    """Records, spans, access lines and the server's last words arrive, whoever forks whom."""
    process = laboratory.start(
        "opentelemetry-instrument",
        *servers(port)[server],
        # Nothing is sent before the end by itself.
        OTEL_BLRP_SCHEDULE_DELAY="600000",
        OTEL_BSP_SCHEDULE_DELAY="600000",
    )
    for number in range(20):
        assert laboratory.get(port, f"/orders/{number}")[0] == 200, process.text
    process.signal(signal.SIGTERM)
    status = process.wait()
    logs = collector.logs()
    bodies = [log["body"] for log in logs]

    assert status in ((0, -signal.SIGTERM, 128 + signal.SIGTERM)), process.text
    for number in range(20):
        assert bodies.count(f"order {number}") == 1, (number, process.text)
    assert {"GET /orders/{number}"} == {span.name for span in collector.spans() if span.kind == 2}
    assert len([span for span in collector.spans() if span.kind == 2]) == 20
    if "gunicorn" in server:
        # Its loggers do not propagate, so OpenTelemetry's handler never sees their records.
        assert {"gunicorn.error"} <= {log["scope"] for log in logs}
    elif server not in {"uvicorn-workers", "uvicorn-reload"}:
        assert any("Finished server process" in str(body) for body in bodies)


def test_uvicorn_keeps_its_exit_status(laboratory, app, port):
    """Delivering does not turn a death by signal into a success."""
    process = laboratory.start("opentelemetry-instrument", "uvicorn", app, "--port", port)
    laboratory.get(port, "/orders/1")
    process.signal(signal.SIGTERM)

    assert process.wait() == -signal.SIGTERM


def test_logs_of_the_server_and_the_app_carry_the_trace(laboratory, collector, app, port):
    """Access lines too; everything under the span of its request, redacted."""
    laboratory.start("opentelemetry-instrument", "uvicorn", app, "--port", port)
    status, headers = laboratory.get(port, "/orders/7?token=abcdefgh12345678")
    order = collector.wait_for_log("order 7")
    access = collector.wait_for(
        lambda: [log for log in collector.logs() if log["scope"] == "uvicorn.access"]
    )[0]
    collector.wait_for(collector.spans)

    assert status == 200
    assert order["resource"]["service.name"] == "laboratory"
    assert order["attributes"]["password"] == "***MASKED***"
    assert order["attributes"]["http.request.method"] == "GET"
    assert [headers["X-Trace-Id"]] * 2 == [order["trace_id"], access["trace_id"]]
    assert {headers["X-Trace-Id"]} == {span.trace_id.hex() for span in collector.spans()}
    assert "abcdefgh12345678" not in repr(collector.requests)


def test_the_traceback_of_an_unhandled_error_has_its_trace(laboratory, collector, app, port):
    """Once, with the span that failed, and without the secret in it."""
    process = laboratory.start("opentelemetry-instrument", "uvicorn", app, "--port", port)
    status, headers = laboratory.get(port, "/fail")
    error = collector.wait_for(
        lambda: [log for log in collector.logs() if "exception.type" in log["attributes"]]
    )[0]
    process.signal(signal.SIGTERM)
    process.wait()
    failures = [log for log in collector.logs() if "exception.type" in log["attributes"]]

    assert status == 500
    assert len(failures) == 1
    assert headers["X-Trace-Id"] == error["trace_id"]
    assert error["attributes"]["exception.type"] == "RuntimeError"
    assert "4111 1111" not in process.text + repr(collector.requests)


def test_info_is_there_and_every_record_comes_once(laboratory, collector, app, port):
    """uvicorn's own start messages, with one console line each, in JSON."""
    process = laboratory.start("opentelemetry-instrument", "uvicorn", app, "--port", port)
    laboratory.get(port, "/orders/1")
    process.signal(signal.SIGTERM)
    process.wait()
    bodies = [log["body"] for log in collector.logs()]
    lines = [json.loads(line) for line in process.text.splitlines() if line.startswith("{")]

    assert bodies.count("Application startup complete.") == 1
    assert sorted(map(str, bodies)) == sorted(str(line["body"]) for line in lines)
    assert "INFO:" not in process.text


def test_metrics_count_records_by_severity(laboratory, collector, app, port):
    """A cumulative counter of the SDK, from 0 on."""
    process = laboratory.start("opentelemetry-instrument", "uvicorn", app, "--port", port)
    laboratory.get(port, "/orders/1")
    laboratory.get(port, "/fail")
    process.signal(signal.SIGTERM)
    process.wait()
    counts = {}
    for metric in collector.metrics():
        if metric.name == "otlog.log.records":
            for point in metric.sum.data_points:
                severity = {each.key: each.value.string_value for each in point.attributes}
                counts[severity["severity"]] = point.as_int
    written = [log["severity"] for log in collector.logs()]

    assert {"INFO": written.count("INFO"), "ERROR": 1, "TRACE": 0} == {
        name: counts[name] for name in ("INFO", "ERROR", "TRACE")
    }
