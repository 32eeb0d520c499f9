"""OpenTelemetry's handler, and JSON lines on standard error beside it, as ours writes them."""

import logging
from pathlib import Path

from pythonjsonlogger.json import JsonFormatter

from bench.variants import StandardLogging, opentelemetry_handler


def start(folder: Path) -> StandardLogging:
    """Set up the SDK and a stream handler."""
    variant = opentelemetry_handler.start(folder)
    console = logging.StreamHandler()
    console.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(console)
    return variant
