"""Running the lens as a process of its own."""

from __future__ import annotations

import socket
import sys

from otel_logging import listening
from otel_logging.backends import Backend
from otel_logging.lens.web.app import create_app
from otel_logging.lens.web.settings import LensError, LensSettings

GRACE_SECONDS = 1
"""How long live tails may go on when the lens is stopped: they would never end."""


def serve(backend: Backend, settings: LensSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        LensError: When the port cannot be used.
    """
    listener = _listen(settings)
    port = listener.getsockname()[1]
    where = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(  # noqa: T201
        f"otel-logging lens: http://{where}:{port}/ shows {settings.backend}",
        file=sys.stderr,
        flush=True,
    )
    app = create_app(backend, settings)
    listening.serve(app, listener, named=settings.host, grace_seconds=GRACE_SECONDS)


def _listen(settings: LensSettings) -> socket.socket:
    try:
        return listening.bound_socket(settings.host, settings.port)
    except OSError as error:
        raise LensError(
            f"--host {settings.host} --port {settings.port}: {error.strerror}; "
            "stop what listens there or choose another with --port"
        ) from error
