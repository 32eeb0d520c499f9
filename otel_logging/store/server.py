"""Running the store as a process of its own."""

from __future__ import annotations

import os
import socket
import sys

from starlette.types import ASGIApp

from otel_logging import listening
from otel_logging.store.access import Gate
from otel_logging.store.app import create_app
from otel_logging.store.errors import StoreError
from otel_logging.store.settings import StoreSettings

GRACE_SECONDS = 10
"""How long requests under way may take when the store is stopped."""


def serve(settings: StoreSettings) -> None:
    """Serve until SIGTERM or SIGINT, then write everything down.

    Raises:
        StoreError: When the folder or the port cannot be used.
    """
    # DuckDB makes its files with the process's mask; nothing here is for other users.
    os.umask(0o077)
    listener = _listen(settings)
    host, port = listener.getsockname()[:2]
    if settings.token is None and not listening.is_loopback(host):
        listener.close()
        raise StoreError(
            f"--host {settings.host}: whoever reaches it could read and write everything; "
            "set OTLOG_STORE_TOKEN to a secret of your own, or stay on 127.0.0.1"
        )
    app: ASGIApp = create_app(settings)
    if settings.token is not None:
        app = Gate(app, settings.token)
    _say(f"listening on http://{host}:{port}, files in {settings.folder}")
    listening.serve(app, listener, named=settings.host, grace_seconds=GRACE_SECONDS)


def _listen(settings: StoreSettings) -> socket.socket:
    try:
        return listening.bound_socket(settings.host, settings.port)
    except OSError as error:
        raise StoreError(
            f"--host {settings.host} --port {settings.port}: {error.strerror}; "
            "stop what listens there or choose another with --port"
        ) from error


def _say(text: str) -> None:
    print(f"otel-logging store: {text}", file=sys.stderr, flush=True)  # noqa: T201
