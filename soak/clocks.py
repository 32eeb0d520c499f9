"""A wall clock of its own for a process, by a small library that is loaded before the others."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stack.part import StartError

SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """The time of one process, off by some seconds from the machine's.

    The monotonic clock and the times of files stay right, as they do when an administrator or
    NTP steps a clock.

    Args:
        library: What `build` made.
        file: Holds by how much the clock is off; the process maps it.
    """

    def __init__(self, library: Path, file: Path) -> None:
        self._library, self._file = library, file
        self._file.write_bytes(struct.pack("=q", 0))

    @property
    def variables(self) -> Mapping[str, str]:
        """What the process has to be started with."""
        return {"LD_PRELOAD": str(self._library), "OTLOG_SOAK_CLOCK": str(self._file)}

    def step(self, seconds: float) -> None:
        """Be off by so much from now on."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))


def build(library: Path) -> Path:
    """Compile the library.

    Raises:
        StartError: There is no C compiler, or it fails.
    """
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StartError(f"the clock of a process needs a C compiler (cc): {error}") from error
    return library
