"""What each process uses: CPU time, memory and bytes over TCP, as the kernel counts them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SOCKET = re.compile(
    r"^\S+\s+\S+\s+\S+:(?P<local>\d+)\s+\S+:(?P<peer>\d+)\s.*?pid=(?P<pid>\d+).*\n(?P<told>.*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Usage:
    """What a program has used.

    Attributes:
        cpu_seconds: User and system time of all its processes that live.
        memory_bytes: Resident memory of all of them.
    """

    cpu_seconds: float
    memory_bytes: int


def usage(leader: int) -> Usage:
    """The usage of the processes of a session, given the ID of the one that leads it.

    Source: proc(5), `/proc/PID/stat`.
    """
    members = [fields for fields in _stats() if int(fields[3]) == leader]
    ticks = sum(int(fields[11]) + int(fields[12]) for fields in members)
    return Usage(ticks / _TICKS, sum(int(fields[21]) for fields in members) * _PAGE)


def _stats() -> Iterator[list[str]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended


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
