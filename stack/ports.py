"""Loopback ports: find a free one, or say who cannot have the one asked for."""

from __future__ import annotations

import http.client
import secrets
import socket
import urllib.request
from collections import deque

from stack.part import StartError

HOST = "127.0.0.1"
_CHOICE = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, which would take one meanwhile."""


_reserved: deque[socket.socket] = deque()
_RESERVATIONS = 256
"""So many ports are kept from others, which is more than one test has parts to start."""


def free_port() -> int:
    """A TCP port that nobody uses right now, and that no process gets from here meanwhile.

    Whoever asked may bind it much later, so the UDP port of the same number, which no part uses,
    is held as the reservation: the system gives it to one process only, and frees it at its end.
    """
    while True:
        port = secrets.choice(_CHOICE)
        reservation = socket.socket(type=socket.SOCK_DGRAM)
        try:
            reservation.bind((HOST, port))
            with socket.socket() as probe:
                probe.bind((HOST, port))
        except OSError:
            reservation.close()
            continue
        _reserved.append(reservation)
        if len(_reserved) > _RESERVATIONS:
            _reserved.popleft().close()
        return port


def require_free(port: int, owner: str) -> None:
    """Check that `owner` can listen on `port`.

    Raises:
        StartError: when another program listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise StartError(
                f"{owner}: port {port} is taken; end the program that listens there "
                f"or choose another port (`make demo ARGS='--help'` shows how)"
            ) from None


def accepts(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def answer(url: str) -> bytes | None:
    """What an HTTP GET of the URL gives, or None unless its status is 2xx."""
    try:
        with urllib.request.urlopen(url, timeout=2.0) as response:
            body: bytes = response.read()
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return body


def answers(url: str) -> bool:
    """Whether an HTTP GET of the URL gives a 2xx answer."""
    return answer(url) is not None
