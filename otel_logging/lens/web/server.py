"""Running the lens as a process of its own."""

from __future__ import annotations

import socket
import sys

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from otel_logging.backends import Backend
from otel_logging.lens.web.app import create_app
from otel_logging.lens.web.settings import LensError, LensSettings
from otel_logging.listening import bound_socket

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
GRACE_SECONDS = 1
"""How long live tails may go on when the lens is stopped: they would never end."""


def serve(backend: Backend, settings: LensSettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        LensError: When the port cannot be used.
    """
    listener = _listen(settings)
    port = listener.getsockname()[1]
    app: ASGIApp = create_app(backend, settings)
    if settings.loopback:
        # Else a web page whose name is made to mean 127.0.0.1 could read what is shown.
        app = TrustedHostMiddleware(app, [*LOOPBACK_NAMES], www_redirect=False)
    where = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(  # noqa: T201
        f"otel-logging lens: http://{where}:{port}/ shows {settings.backend}",
        file=sys.stderr,
        flush=True,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: LensSettings) -> socket.socket:
    try:
        return bound_socket(settings.host, settings.port)
    except OSError as error:
        raise LensError(
            f"--host {settings.host} --port {settings.port}: {error.strerror}; "
            "stop what listens there or choose another with --port"
        ) from error
