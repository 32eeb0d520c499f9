"""What the environment tells a process: whether its telemetry leaves, redacted, and where to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from otel_logging.doctor.outcome import StepError
from otel_logging.redaction import Policy, PolicyError, load_policy
from otel_logging.settings import Settings, SettingsError

SIGNALS: Final = ("logs", "traces", "metrics")
_PORTS: Final = {"grpc": 4317}
_HTTP_PORT: Final = 4318


class Intake(msgspec.Struct, frozen=True):
    """Where a process sends its telemetry; see OpenTelemetry's "OTLP Exporter Configuration".

    Attributes:
        protocol: `grpc`, or OTLP/HTTP in one of its forms.
        urls: By signal.
        headers: Sent with each request; they may hold a credential.
        certificate: File of the authorities that are trusted; None for the system's.
    """

    protocol: str
    urls: dict[str, str]
    headers: dict[str, str]
    certificate: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Intake:
        """Read the variables of the OTLP exporters."""
        protocol = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
        return cls(
            protocol,
            {signal: _url(environ, signal, protocol) for signal in SIGNALS},
            _headers(environ.get("OTEL_EXPORTER_OTLP_HEADERS") or ""),
            environ.get("OTEL_EXPORTER_OTLP_CERTIFICATE") or None,
        )


def policy_of(environ: Mapping[str, str]) -> Policy:
    """Return the policy that a process with this environment runs.

    Raises:
        StepError: Settings or policy cannot be used, or what leaves is not redacted.
    """
    try:
        settings = Settings.from_environ(environ)
        policy = load_policy(settings.policy)
    except SettingsError as error:
        raise StepError(str(error), f"correct {error.variable} or remove it") from None
    except PolicyError as error:
        advice = "correct the file; `otel-logging policy check --policy FILE` checks it"
        raise StepError(str(error), advice) from None
    if not settings.redaction:
        raise StepError("OTLOG_REDACTION=off: secrets leave as they are", "remove the variable")
    return policy


def refuse_silence(environ: Mapping[str, str]) -> None:
    """Refuse what keeps a signal from being sent.

    Raises:
        StepError: Naming the variable.
    """
    if (environ.get("OTEL_SDK_DISABLED") or "").strip().lower() == "true":
        raise StepError("OTEL_SDK_DISABLED=true: nothing is sent", "remove the variable")
    for signal in SIGNALS:
        variable = f"OTEL_{signal.upper()}_EXPORTER"
        value = environ.get(variable) or "otlp"
        if not any(name.strip().startswith("otlp") for name in value.split(",")):
            raise StepError(
                f"{variable}={value}: no {signal} go to the Collector", "set it to otlp"
            )
    sampler = environ.get("OTEL_TRACES_SAMPLER") or ""
    if sampler.endswith("always_off"):
        advice = "remove the variable, or sample in the Collector, which sees whole traces"
        raise StepError(f"OTEL_TRACES_SAMPLER={sampler}: no span is recorded", advice)


def _url(environ: Mapping[str, str], signal: str, protocol: str) -> str:
    own = environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    if own:
        return own
    port = _PORTS.get(protocol, _HTTP_PORT)
    base = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or f"http://localhost:{port}"
    return base if protocol == "grpc" else f"{base.rstrip('/')}/v1/{signal}"


def _headers(text: str) -> dict[str, str]:
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    return {unquote(name).strip(): unquote(value).strip() for name, _, value in pairs}
