"""What processes use, as the kernel counts it. Source: proc(5), `/proc/PID/stat`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SESSION, _USER, _SYSTEM, _RESIDENT = 3, 11, 12, 21
"""Places of the fields, counted from the one after the program's name."""


@dataclass(frozen=True)
class Usage:
    """What a program uses.

    Attributes:
        cpu_seconds: User and system time so far.
        memory_bytes: Resident memory now.
    """

    cpu_seconds: float
    memory_bytes: int


def of_process(pid: int) -> Usage:
    """The usage of one process.

    Raises:
        OSError: It is gone.
    """
    return _sum([_fields(Path(f"/proc/{pid}/stat"))])


def of_session(leader: int) -> Usage:
    """The usage of all living processes of a session, given the ID of the one that leads it."""
    return _sum([fields for fields in _all() if int(fields[_SESSION]) == leader])


def _sum(processes: list[list[str]]) -> Usage:
    ticks = sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields in processes)
    return Usage(ticks / _TICKS, sum(int(fields[_RESIDENT]) for fields in processes) * _PAGE)


def _all() -> Iterator[list[str]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield _fields(stat)
        except OSError:
            continue  # it has just ended


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rpartition(")")[2].split()
