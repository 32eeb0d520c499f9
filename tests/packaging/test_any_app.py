"""Any FastAPI app gets logs, traces and metrics from the installed wheel and two variables."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from stack.ports import HOST, answers, free_port
from tests.launcher.receiver import receiver
from tests.packaging.conftest import CleanEnvironment

APP_FOLDER = Path(__file__).parent
SERVERS = {
    "uvicorn": ("uvicorn", "foreign_app:app", "--host", HOST, "--port", "{port}"),
    "gunicorn": (
        "gunicorn",
        "foreign_app:app",
        "--workers=2",
        "--worker-class=uvicorn_worker.UvicornWorker",
        "--access-logfile=-",
        f"--bind={HOST}:{{port}}",
    ),
}


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended while starting"
        if answers(f"http://{HOST}:{port}/items/1"):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize("server", SERVERS)
def test_any_app_sends_logs_traces_and_metrics(
    clean: CleanEnvironment, server: str, tmp_path: Path
) -> None:
    """Under uvicorn and gunicorn alike, with nothing but the launcher and two variables."""
    port = free_port()
    arguments = [argument.format(port=port) for argument in SERVERS[server]]
    with receiver() as collector, (tmp_path / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            ["opentelemetry-instrument", *arguments],
            cwd=APP_FOLDER,
            env={
                **clean.variables,
                "OTEL_SERVICE_NAME": "shop",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            },
            executable=clean.bin / "opentelemetry-instrument",
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_it_answers(process, port)
            answer = httpx.get(f"http://{HOST}:{port}/items/7")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        logs, spans, metrics = collector.logs(), collector.spans(), collector.metrics()
        sent = b"".join(collector.raw)

    record = next(log for log in logs if log["body"] == "looked up item 7")
    assert record["resource"]["service.name"] == "shop"
    assert record["severity"] == "INFO"
    assert record["attributes"]["shop.item"] == 7
    assert record["attributes"]["http.route"] == "/items/{item_id}"
    assert record["trace_id"] == answer.headers["X-Trace-Id"]
    assert record["span_id"] in {span.span_id.hex() for span in spans}
    assert {"uvicorn.access", "gunicorn.access"} & {log["scope"] for log in logs}
    assert "http.server.request.duration" in {metric.name for metric in metrics}
    assert b"hunter2-x" not in sent
    assert "hunter2-x" not in (tmp_path / "output.txt").read_text()


def test_the_wheel_has_all_that_it_needs(wheel: Path) -> None:
    """Policy, type marker and licence are inside; tests and services are not."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "otel_logging/py.typed" in names
    assert any(name.endswith(("policy.yaml", "default.yaml")) for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"otel_logging"}


def test_the_command_works_without_extras(clean: CleanEnvironment) -> None:
    """A missing extra is named with the way to install it; the rest works."""
    command = clean.bin / "otel-logging"

    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    store = subprocess.run(
        [command, "store", "--folder", os.devnull], capture_output=True, text=True, check=False
    )

    assert version.returncode == 0
    assert version.stdout.strip()
    assert store.returncode != 0
    assert "otel-logging[store]" in store.stderr
