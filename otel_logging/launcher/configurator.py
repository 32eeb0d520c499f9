"""Configures OpenTelemetry's SDK for `opentelemetry-instrument`."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk._configuration import _OTelSDKConfigurator

from otel_logging.launcher.refusal import refuse_on_error


class Configurator(_OTelSDKConfigurator):
    """OpenTelemetry's own configurator, except that a failure ends the process with a message.

    It passes no processors: with `OTEL_CONFIG_FILE` they would be ignored. The hook, which
    runs in every configuration mode, puts redaction into what was configured.
    """

    def _configure(self, **kwargs: Any) -> None:
        with refuse_on_error():
            super()._configure(**kwargs)  # type: ignore[no-untyped-call]
