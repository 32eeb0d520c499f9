"""Real processes under `opentelemetry-instrument`, and a receiver for what they send."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.launcher.receiver import receiver

BIN = Path(sys.executable).parent
DEADLINE = 180.0


class Process:
    """A process with its output in a file."""

    def __init__(self, arguments, folder, environ):
        self.output = folder / "output.txt"
        with self.output.open("wb") as output:
            self.popen = subprocess.Popen(
                arguments, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self):
        """Wait for the end and return the exit status."""
        return self.popen.wait(DEADLINE)

    def signal(self, number):
        """Send a signal."""
        self.popen.send_signal(number)

    @property
    def text(self):
        """What it has written."""
        return self.output.read_text(errors="replace")

    def stop(self):
        """End it, whatever it does."""
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


class Laboratory:
    """Starts programs and servers that send to a receiver."""

    def __init__(self, folder, collector):
        self.folder = folder
        self.collector = collector
        self.processes = []
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "OTLOG_"))},
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "OTEL_SERVICE_NAME": "laboratory",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            "PYTHONUNBUFFERED": "1",
            # A busy machine is no reason to lose anything; tests of the bound set their own.
            "OTLOG_SHUTDOWN_TIMEOUT": "60",
        }

    def start(self, *arguments, **environ):
        """Start a command, under `opentelemetry-instrument` if it says so."""
        full = {**self.environ, **environ}
        process = Process(
            [str(argument) for argument in arguments],
            self.folder,
            {name: value for name, value in full.items() if value is not None},
        )
        self.processes.append(process)
        return process

    def program(self, source, *, launcher=True, **environ):
        """Start a Python program."""
        path = self.folder / "program.py"
        path.write_text(source)
        command = ["opentelemetry-instrument"] if launcher else []
        return self.start(*command, sys.executable, path, **environ)

    def module(self, name, source):
        """Write a module that programs can import."""
        (self.folder / f"{name}.py").write_text(source)

    def get(self, port, path, headers=None):
        """Ask a server, waiting until it is up; return status and headers."""
        end = time.monotonic() + DEADLINE
        while True:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", headers=headers or {}
            )
            try:
                with urllib.request.urlopen(request, timeout=DEADLINE) as response:
                    return response.status, response.headers
            except urllib.error.HTTPError as error:
                return error.code, error.headers
            except OSError:
                if time.monotonic() > end or self.processes[-1].popen.poll() is not None:
                    raise AssertionError(self.processes[-1].text) from None
                time.sleep(0.1)


@pytest.fixture
def collector():
    """A receiver that keeps what it was sent."""
    with receiver() as running:
        yield running


@pytest.fixture
def laboratory(tmp_path, collector):
    """Starts processes; all are ended afterwards."""
    made = Laboratory(tmp_path, collector)
    yield made
    for process in made.processes:
        process.stop()


@pytest.fixture
def port():
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
