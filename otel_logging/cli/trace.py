"""`otel-logging trace`: one transaction in the terminal."""

from __future__ import annotations

import argparse
import re

from otel_logging.cli.commands import CommandError
from otel_logging.cli.options import add_backend, backend
from otel_logging.cli.output import console, print_json
from otel_logging.lens.terminal import transaction

_ID = re.compile(r"[0-9a-fA-F]{1,32}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("id", metavar="ID", help="the trace ID, or enough of its start")
    add_backend(parser)


def run(options: argparse.Namespace) -> int:
    """Print the transaction."""
    if not _ID.fullmatch(options.id):
        raise CommandError(f"{options.id!r} is no trace ID: it has up to 32 hex digits")
    with backend(options) as source:
        found = source.trace(options.id)
    if options.json:
        print_json(found)
    else:
        out = console()
        out.print(transaction(found, out.width))
    return 0
