"""`otel-logging lens`: logs, transactions, errors and services in a browser."""

from __future__ import annotations

import argparse
import os

from otel_logging.backends import BackendError, open_backend
from otel_logging.cli.commands import CommandError
from otel_logging.cli.options import add_source
from otel_logging.lens.web.server import serve
from otel_logging.lens.web.settings import LensError, LensSettings

TOKEN_VARIABLE = "OTLOG_LENS_TOKEN"  # noqa: S105 a variable's name
_DEFAULT = LensSettings(backend="")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("--host", default=_DEFAULT.host, help="address to listen on (%(default)s)")
    add("--port", type=int, default=_DEFAULT.port, help="port to listen on (%(default)s)")
    add_source(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    try:
        settings = LensSettings(
            backend=options.backend,
            host=options.host,
            port=options.port,
            token=os.environ.get(TOKEN_VARIABLE) or None,
        )
        serve(open_backend(options.backend), settings)
    except (LensError, BackendError) as error:
        raise CommandError(f"lens: {error}") from error
    return 0
