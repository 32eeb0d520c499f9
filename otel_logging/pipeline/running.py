"""Running cases, each on a Collector of its own, so that none sees what another left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import httpx
import msgspec
import yaml

from otel_logging.lens.otlp_file import exported, records_of, spans_of
from otel_logging.pipeline.cases import Case, Suite
from otel_logging.pipeline.configuration import Ends, load, replaced
from otel_logging.pipeline.matching import differences
from otel_logging.pipeline.metrics import metrics_request, points_of
from otel_logging.pipeline.sink import HOST, Sink

_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 120.0
_TOLD: Final = 1500
_OF_SIGNAL: Final = {"logs": "logs", "traces": "spans", "metrics": "metrics"}
"""Items by OpenTelemetry's word for the signal."""


class RunError(Exception):
    """A Collector cannot be run with this configuration; the message has what it says."""


class Result(msgspec.Struct, frozen=True):
    """What came of a case: nothing is different where it passes."""

    case: Case
    differences: list[str]


def run(suite: Suite, program: str) -> Iterator[Result]:
    """Run all cases, one after the other.

    Args:
        suite: The cases.
        program: The Collector's binary.

    Raises:
        ConfigurationError: The configuration files cannot be used.
        RunError: The Collector does not start with them.
    """
    configuration = load(suite.files)
    for case in suite.cases:
        with Sink() as sink:
            ends = replaced(configuration, _free_ports(), sink.url)
            _check_names(case, ends)
            with _collector(program, ends, suite.collector.environ) as process:
                refused = _send(case, ends, process)
                time.sleep(case.wait)
            yield Result(case, [*refused, *_compared(case, ends, sink)])


def _compared(case: Case, ends: Ends, sink: Sink) -> Iterator[str]:
    for number, exporter in enumerate(ends.exporters):
        if case.at and exporter not in case.at:
            continue
        came = _came(sink, number)
        for signal, items in _OF_SIGNAL.items():
            wanted = getattr(case.expect, items)
            if wanted is not None and signal in ends.signals[exporter]:
                for line in differences(wanted, came[items], items):
                    yield f"{exporter}: {line}"


def _came(sink: Sink, exporter: int) -> dict[str, list[Any]]:
    requests = [*sink.came(exporter)]
    return {
        "logs": [msgspec.to_builtins(one) for each in requests for one in records_of(each)],
        "spans": [msgspec.to_builtins(one) for each in requests for one in spans_of(each)],
        "metrics": [one for each in requests for one in points_of(each)],
    }


def _check_names(case: Case, ends: Ends) -> None:
    for asked, known in (([case.into], [*ends.receivers]), (case.at, ends.exporters)):
        for name in asked:
            if name not in known:
                there = f"no pipeline has {name}, only {', '.join(known)}"
                raise RunError(f"case {case.name!r}: {there}")


def _send(case: Case, ends: Ends, process: subprocess.Popen[bytes]) -> list[str]:
    port = ends.receivers[case.into]
    _wait_for(port, process)
    refused = []
    for signal, content in _requests(case):
        answer = httpx.post(
            f"http://{HOST}:{port}/v1/{signal}",
            content=content,
            headers={"Content-Type": "application/json"},
            timeout=30,
        )
        if not answer.is_success:
            refused.append(f"{case.into}: {signal} refused, {answer.status_code} {answer.text}")
    return refused


def _requests(case: Case) -> Iterator[tuple[str, bytes]]:
    """Yield what is sent, by signal."""
    given = case.given.transaction()
    if given.logs:
        yield "logs", exported(given)
    if given.spans:
        yield "traces", exported(given)
    if case.given.metrics:
        yield "metrics", metrics_request(case.given.metrics, time.time_ns())


@contextmanager
def _collector(
    program: str, ends: Ends, environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Collector; at its end it has handed on all that it held."""
    with tempfile.TemporaryDirectory(prefix="otel-logging-pipeline-") as folder:
        file = Path(folder) / "configuration.yaml"
        file.write_text(yaml.safe_dump(ends.configuration, sort_keys=False))
        with (Path(folder) / "told").open("wb") as told:
            process = _started(program, file, {**os.environ, **environ}, told)
        try:
            yield process
        except _EndedError:
            said = (Path(folder) / "told").read_text("utf-8", "replace").strip()
            raise RunError(f"the Collector does not start:\n{said[-_TOLD:]}") from None
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _started(
    program: str, file: Path, environ: Mapping[str, str], told: IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the program that was asked for
            [program, f"--config={file}"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=told,
        )
    except OSError as error:
        raise RunError(f"{program} cannot be run: {error.strerror}") from None


class _EndedError(Exception):
    """The Collector ended while it was waited for."""


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise _EndedError


def _free_ports() -> Iterator[int]:
    """Yield ports that nobody uses."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
        yield port
