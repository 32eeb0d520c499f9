"""The standard library with a handler that does nothing: the floor of every handler."""

import logging
from pathlib import Path

from bench.variants import StandardLogging


def start(_: Path) -> StandardLogging:
    """Set up a `logging.NullHandler`."""
    return StandardLogging(logging.NullHandler())
