"""What `opentelemetry-instrument` runs last, in every configuration mode."""

from __future__ import annotations

import os

from otel_logging.launcher.refusal import refuse_on_error
from otel_logging.launcher.setup import set_up
from otel_logging.settings import Settings


def post_instrument() -> None:
    """Put redaction, bridge and life cycle into what OpenTelemetry has configured."""
    with refuse_on_error():
        set_up(Settings.from_environ(os.environ))
