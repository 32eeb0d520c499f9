"""Whether the Collector's intake can be reached from here."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx

from otel_logging.doctor.environment import Intake
from otel_logging.doctor.outcome import StepError

TIMEOUT_SECONDS = 10.0
_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


def reach(intake: Intake, *, collector_runs: bool) -> str:
    """Send an empty request of each signal, or connect where the protocol is gRPC.

    Args:
        intake: Where to.
        collector_runs: Whether a Collector's own page answers, for the advice.

    Returns:
        What was reached.

    Raises:
        StepError: When something else answers, or nothing.
    """
    for signal, url in intake.urls.items():
        if intake.protocol == "grpc":
            _connect(url, collector_runs=collector_runs)
        else:
            _post(intake, signal, url, collector_runs=collector_runs)
    return ", ".join(dict.fromkeys(intake.urls.values()))


def _connect(url: str, *, collector_runs: bool) -> None:
    parts = urlsplit(url if "//" in url else f"//{url}")
    try:
        socket.create_connection((parts.hostname or "", parts.port or 4317), 5).close()
    except OSError as error:
        raise StepError(f"{url}: {error}", _silent(collector_runs=collector_runs)) from None


def _post(intake: Intake, signal: str, url: str, *, collector_runs: bool) -> None:
    headers = {"Content-Type": "application/x-protobuf", **intake.headers}
    try:
        with httpx.Client(verify=intake.certificate or True, timeout=TIMEOUT_SECONDS) as client:
            answer = client.post(url, headers=headers)
    except httpx.ConnectError as error:
        raise StepError(f"{url}: {error}", _silent(collector_runs=collector_runs)) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        advice = f"is {_VARIABLE} an OTLP/HTTP address, and OTEL_EXPORTER_OTLP_PROTOCOL right?"
        raise StepError(f"{url}: {error or type(error).__name__}", advice) from None
    if answer.status_code in {401, 403}:
        advice = "give the token in OTEL_EXPORTER_OTLP_HEADERS: authorization=Bearer%20TOKEN"
        raise StepError(f"{url} answers {answer.status_code}: no credentials it takes", advice)
    if not answer.is_success:
        advice = f"something else than a Collector answers for {signal}: correct {_VARIABLE}"
        raise StepError(f"{url} answers {answer.status_code}", advice)


def _silent(*, collector_runs: bool) -> str:
    if collector_runs:
        return f"a Collector runs, but not there: set {_VARIABLE} to its OTLP address"
    return f"start the Collector (collector/README.md), or set {_VARIABLE} to where it is"
