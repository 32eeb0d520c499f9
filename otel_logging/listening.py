"""A socket to serve on, opened before the server that is given it."""

from __future__ import annotations

import socket


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
