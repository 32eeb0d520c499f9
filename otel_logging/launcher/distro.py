"""Defaults of `opentelemetry-instrument`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from collections.abc import MutableMapping

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


class Distro(BaseDistro):  # type: ignore[misc]
    """Sets defaults before anything of OpenTelemetry is configured."""

    def _configure(self, **_: Any) -> None:
        set_defaults(os.environ)

    def load_instrumentor(self, entry_point: Any, **kwargs: Any) -> None:
        """Instrument a library; ours stands in for contrib's aio-pika instrumentation."""
        if entry_point.name == "aio-pika":
            return
        super().load_instrumentor(entry_point, **kwargs)


def set_defaults(environ: MutableMapping[str, str]) -> None:
    """Set what the environment leaves open; an empty variable counts as unset."""
    for variable, value in DEFAULTS.items():
        if not environ.get(variable):
            environ[variable] = value
