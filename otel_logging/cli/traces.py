"""`otel-logging traces`: transactions, newest first."""

from __future__ import annotations

import argparse

from otel_logging.backends import TraceQuery
from otel_logging.cli.listing import listing
from otel_logging.cli.options import add_backend, add_range
from otel_logging.lens.tables import traces_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--service", metavar="NAME", help="in which this service takes part")
    parser.add_argument("--failed", action="store_true", help="with a span whose status is ERROR")
    parser.add_argument(
        "--min-duration-ms", type=float, default=0, metavar="MS", help="at least this long"
    )
    add_range(parser, limit=20)
    add_backend(parser)


def run(options: argparse.Namespace) -> int:
    """Print the traces."""
    query = TraceQuery(
        service=options.service,
        failed=options.failed,
        min_duration_ns=int(options.min_duration_ms * 1e6),
        since_ns=options.since,
        until_ns=options.until,
        limit=options.limit,
    )
    return listing(options, lambda source: source.traces(query), traces_table)
