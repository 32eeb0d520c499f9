"""`otel-logging services`: which services there are."""

from __future__ import annotations

import argparse

from otel_logging.cli.options import add_backend, backend
from otel_logging.cli.output import console, print_json
from otel_logging.lens.tables import services_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_backend(parser)


def run(options: argparse.Namespace) -> int:
    """Print the services."""
    with backend(options) as source:
        found = source.services()
    if options.json:
        print_json(found)
    else:
        console().print(services_table(found))
    return 0
