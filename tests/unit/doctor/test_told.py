"""What the doctor tells holds no token, and its clocks and policies are judged rightly."""

from __future__ import annotations

import httpx
import pytest

from otel_logging.backends import Span
from otel_logging.doctor.clocks import between_services
from otel_logging.doctor.environment import Intake, refuse_silence
from otel_logging.doctor.outcome import StepError
from otel_logging.doctor.told import reason, without_secret
from tests.unit.lens.sample import span

URL = "http://reader:hunter2-hunter2@127.0.0.1:4319/api"


def test_no_password_of_a_url_is_told() -> None:
    """Neither as an address nor in the words of an error."""
    answer = httpx.Response(401, request=httpx.Request("GET", URL))
    with pytest.raises(httpx.HTTPStatusError) as caught:
        answer.raise_for_status()

    assert without_secret(URL) == "http://127.0.0.1:4319/api"
    assert reason(caught.value) == "answered 401"


def pair(at: float, kind: str = "SERVER") -> list[Span]:
    """A request of 10 ms, and the callee's span from a moment on."""
    above = span(1, None, "gateway", "POST", kind="CLIENT", ms=10)
    return [above, span(2, 1, "auth-service", "POST /login", kind=kind, at=at)]


@pytest.mark.parametrize(
    ("spans", "ahead"),
    [
        (pair(at=3), []),
        (pair(at=-3_600_000), [-3600.0]),
        (pair(at=3_600_010), [3600.0]),
        (pair(at=3_600_010, kind="CONSUMER"), []),
    ],
)
def test_a_clock_that_is_off_shows_between_caller_and_callee(
    spans: list[Span], ahead: list[float]
) -> None:
    """An hour in either direction; a message may wait as long as it likes."""
    found = [(caller, callee, seconds) for caller, callee, seconds in between_services(spans)]

    assert found == [("gateway", "auth-service", seconds) for seconds in ahead]


def test_an_intake_is_read_as_the_exporters_read_it() -> None:
    """One endpoint for all signals gets their path, a signal's own is taken as it is."""
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector:4318/",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://traces/in",
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc,x=1",
    }

    intake = Intake.of(environ)

    assert intake.urls == {
        "logs": "https://collector:4318/v1/logs",
        "traces": "https://traces/in",
        "metrics": "https://collector:4318/v1/metrics",
    }
    assert intake.headers == {"authorization": "Bearer abc", "x": "1"}
    assert Intake.of({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}).urls["logs"] == (
        "http://localhost:4317"
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_METRICS_EXPORTER", "console"),
        ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
    ],
)
def test_what_keeps_a_signal_from_being_sent_is_refused(variable: str, value: str) -> None:
    """By name; with nothing of the kind there is nothing to refuse."""
    refuse_silence({})
    with pytest.raises(StepError, match=f"{variable}={value}"):
        refuse_silence({variable: value})
