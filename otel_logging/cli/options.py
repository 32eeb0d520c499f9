"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

from otel_logging.backends import Backend, BackendError, open_backend
from otel_logging.backends.times import point_in_time
from otel_logging.cli.commands import CommandError

BACKEND_VARIABLE = "OTLOG_BACKEND"
DEFAULT_BACKEND = "http://127.0.0.1:4319"


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Declare where to ask and how to print."""
    add_source(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_source(parser: argparse.ArgumentParser) -> None:
    """Declare where to ask."""
    parser.add_argument(
        "--backend",
        metavar="URL",
        default=os.environ.get(BACKEND_VARIABLE) or DEFAULT_BACKEND,
        help="what to ask: a store's URL, or loki+tempo:URL,URL "
        f"(%(default)s; {BACKEND_VARIABLE} sets it)",
    )


def add_range(parser: argparse.ArgumentParser, limit: int) -> None:
    """Declare the time range and how much of it is wanted."""
    text = "an RFC 3339 time, or an age: 90s, 15m, 2h, 7d"
    parser.add_argument("--since", type=moment, metavar="TIME", help=text)
    parser.add_argument("--until", type=moment, metavar="TIME", help=text)
    parser.add_argument(
        "--limit", type=int, default=limit, metavar="N", help="at most so many (%(default)s)"
    )


def moment(text: str) -> int:
    """Return a time or an age as Unix nanoseconds, for argparse."""
    try:
        return point_in_time(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an RFC 3339 time nor an age such as 15m"
        ) from error


@contextmanager
def backend(options: argparse.Namespace) -> Iterator[Backend]:
    """Open the backend that the options name; its errors become the command's."""
    try:
        opened = open_backend(options.backend)
        try:
            yield opened
        finally:
            opened.close()
    except BackendError as error:
        raise CommandError(str(error)) from error
