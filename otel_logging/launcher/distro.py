"""Defaults of `opentelemetry-instrument`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]

from otel_logging.diagnostics import write_line

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

DEFAULTS: Final = {
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
    # The bridge takes the place of OpenTelemetry's handler.
    "OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION": "false",
}
"""Variables set where the environment leaves them open."""

TIMEOUTS: Final = (
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
)
LEAST_MILLISECONDS: Final = 1000


class Distro(BaseDistro):  # type: ignore[misc]
    """Sets defaults before anything of OpenTelemetry is configured."""

    def _configure(self, **_: Any) -> None:
        set_defaults(os.environ)

    def load_instrumentor(self, entry_point: Any, **kwargs: Any) -> None:
        """Instrument a library, unless ours stands in for contrib's instrumentation."""
        if is_replaced(entry_point.name, os.environ):
            return
        super().load_instrumentor(entry_point, **kwargs)


def is_replaced(name: str, environ: Mapping[str, str]) -> bool:
    """Tell whether ours stands in for an instrumentation.

    That of `logging` is loaded only for those who want trace IDs in formats of their own: it
    makes each log call slower, and the bridge reads the trace ID itself.
    """
    if name == "logging":
        return environ.get("OTEL_PYTHON_LOG_CORRELATION", "").strip().lower() != "true"
    return name == "aio-pika"


def set_defaults(environ: MutableMapping[str, str]) -> None:
    """Set what the environment leaves open; an empty variable counts as unset."""
    for variable, value in DEFAULTS.items():
        if not environ.get(variable):
            environ[variable] = value
    for variable in TIMEOUTS:
        _read_as_milliseconds(environ, variable)


def _read_as_milliseconds(environ: MutableMapping[str, str], variable: str) -> None:
    """Turn a timeout in milliseconds, as the specification has it, into the SDK's seconds.

    The SDK of Python reads seconds. A value of a thousand or more can only be meant in
    milliseconds; a smaller one is left to the SDK.
    """
    try:
        value = float(environ.get(variable, ""))
    except ValueError:
        return
    if value >= LEAST_MILLISECONDS:
        environ[variable] = f"{value / 1000:g}"
        write_line(
            f"otel-logging: {variable}={value:g} is read as milliseconds, as the OpenTelemetry "
            f"specification says: {value / 1000:g} s"
        )
