"""`otel-logging services`: which services there are."""

from __future__ import annotations

import argparse

from otel_logging.cli.listing import listing
from otel_logging.cli.options import add_backend
from otel_logging.lens.tables import services_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_backend(parser)


def run(options: argparse.Namespace) -> int:
    """Print the services."""
    return listing(options, lambda source: source.services(), services_table)
