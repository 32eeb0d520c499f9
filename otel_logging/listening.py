"""Listening for the store and the lens: the socket first, then the server that is given it."""

from __future__ import annotations

import ipaddress
import socket

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a TCP socket that is bound, and that asyncio will know for one.

    Args:
        host: Name or address.
        port: Port; 0 takes a free one.

    Raises:
        OSError: The name is not known, or the port is taken.
    """
    family = socket.getaddrinfo(host, port)[0][0]
    # By its protocol asyncio knows TCP, and sends an answer's parts without delay.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name is none."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(app: ASGIApp, bound: socket.socket, *, named: str, grace_seconds: int) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT.

    Args:
        app: What is served.
        bound: Where; on loopback only requests under this machine's names are answered.
        named: The name or address that was asked for, which is one of them.
        grace_seconds: How long requests under way may take when it ends.
    """
    if is_loopback(bound.getsockname()[0]):
        # Else a web page whose name is made to mean 127.0.0.1 could read what is kept.
        app = TrustedHostMiddleware(app, [*LOOPBACK_NAMES, named], www_redirect=False)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=grace_seconds,
    )
    uvicorn.Server(config).run(sockets=[bound])
