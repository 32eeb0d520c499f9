"""Bytes that programs send and receive over TCP, as the kernel counts them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass

_SOCKET = re.compile(
    r"^\S+\s+\S+\s+\S+:(?P<local>\d+)\s+\S+:(?P<peer>\d+)\s.*?pid=(?P<pid>\d+).*\n(?P<told>.*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Socket:
    """An established TCP connection, and the process that holds this end."""

    leader: int
    local: int
    peer: int


def sockets() -> dict[Socket, tuple[int, int]]:
    """Bytes sent and received by each connection so far.

    A connection that does not last from one look to the next is not seen: exporters and
    services keep theirs. Source: tcp(7), `TCP_INFO`, read by `ss` of iproute2.
    """
    command = ("ss", "-Htinp", "state", "established")
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for match in _SOCKET.finditer(told):
        leader = _leader(int(match["pid"]))
        socket = Socket(leader, int(match["local"]), int(match["peer"]))
        found[socket] = (_bytes(match["told"], "sent"), _bytes(match["told"], "received"))
    return found


def _leader(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _bytes(told: str, what: str) -> int:
    match = re.search(rf"bytes_{what}:(\d+)", told)
    return int(match[1]) if match else 0


@dataclass(frozen=True)
class Traffic:
    """Bytes between two looks.

    Attributes:
        sent: To all peers.
        received: From all peers.
        exported: Sent to the Collector.
    """

    sent: int = 0
    received: int = 0
    exported: int = 0


def traffic(
    leader: int,
    before: dict[Socket, tuple[int, int]],
    after: dict[Socket, tuple[int, int]],
    collector: int,
) -> Traffic:
    """What one program sent and received meanwhile; ``collector`` is the Collector's port."""
    sent = received = exported = 0
    for socket, (now_sent, now_received) in after.items():
        was = before.get(socket)
        if socket.leader != leader or was is None:
            continue
        sent += now_sent - was[0]
        received += now_received - was[1]
        exported += now_sent - was[0] if socket.peer == collector else 0
    return Traffic(sent, received, exported)
