"""`otel-logging store`: the embedded store as a process of its own."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from otel_logging.cli.commands import CommandError
from otel_logging.store.errors import StoreError
from otel_logging.store.server import serve
from otel_logging.store.settings import StoreSettings

TOKEN_VARIABLE = "OTLOG_STORE_TOKEN"  # noqa: S105 a variable's name
_DEFAULT = StoreSettings(folder=Path())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="where the files are; made if missing")
    add("--host", default=_DEFAULT.host, help="address to listen on (%(default)s)")
    add("--port", type=int, default=_DEFAULT.port, help="port to listen on (%(default)s)")
    add(
        "--retention-hours",
        type=float,
        default=_DEFAULT.retention_hours,
        metavar="H",
        help="delete an hour's file at this age (%(default)g)",
    )
    add(
        "--max-bytes",
        type=int,
        default=_DEFAULT.max_bytes,
        metavar="N",
        help="delete the oldest files above this total (%(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    try:
        serve(
            StoreSettings(
                folder=options.folder,
                host=options.host,
                port=options.port,
                retention_hours=options.retention_hours,
                max_bytes=options.max_bytes,
                token=os.environ.get(TOKEN_VARIABLE) or None,
            )
        )
    except StoreError as error:
        raise CommandError(f"store: {error}") from error
    return 0
