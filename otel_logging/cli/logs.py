"""`otel-logging logs`: search log records."""

from __future__ import annotations

import argparse

from otel_logging.backends import LogQuery
from otel_logging.cli.options import add_backend, add_range, backend
from otel_logging.cli.output import console, print_json_line
from otel_logging.lens.lines import log_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("text", nargs="?", metavar="TEXT", help="stands in the body or in an attribute")
    add("--service", metavar="NAME", help="service.name")
    add("--severity", metavar="LEVEL", help="this level or above: TRACE … FATAL")
    add("--scope", metavar="NAME", help="the logger's name")
    add("--trace", metavar="ID", dest="trace_id", help="the whole trace ID")
    add("--user", metavar="ID", help="user.id")
    add(
        "--attribute",
        action="append",
        default=[],
        type=pair,
        metavar="KEY=VALUE",
        help="an attribute's value, as text; may be repeated",
    )
    add("--follow", "-f", action="store_true", help="go on with records as they arrive")
    add_range(parser, limit=100)
    add_backend(parser)


def pair(text: str) -> tuple[str, str]:
    """Return `key=value` as a pair, for argparse."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def run(options: argparse.Namespace) -> int:
    """Print the newest matching records, oldest of them first."""
    query = LogQuery(
        service=options.service,
        severity=options.severity,
        text=options.text,
        scope=options.scope,
        trace_id=options.trace_id,
        user=options.user,
        attributes=dict(options.attribute),
        since_ns=options.since,
        until_ns=options.until,
        limit=options.limit,
    )
    with backend(options) as source:
        records = source.tail(query) if options.follow else reversed(source.search_logs(query))
        out = console()
        for record in records:
            if options.json:
                print_json_line(record)
            else:
                out.print(log_line(record), soft_wrap=True)
    return 0
