"""`otel-logging errors`: errors in groups, the most frequent first."""

from __future__ import annotations

import argparse

from otel_logging.backends import OverviewQuery
from otel_logging.cli.listing import listing
from otel_logging.cli.options import add_backend, add_range
from otel_logging.lens.tables import errors_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--service", metavar="NAME", help="service.name")
    add_range(parser, limit=50)
    add_backend(parser)


def run(options: argparse.Namespace) -> int:
    """Print the groups."""
    query = OverviewQuery(
        service=options.service,
        since_ns=options.since,
        until_ns=options.until,
        limit=options.limit,
    )
    return listing(options, lambda source: source.errors(query), errors_table)
