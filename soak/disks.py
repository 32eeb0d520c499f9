"""A small disk of its own for a process's files, which can be full."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from stack.part import StartError

_SIZE = 2**30


class Disk:
    """A tmpfs on a folder.

    Full is one that is as large as what it holds: nothing has to be written to fill it.

    Raises:
        StartError: This user may not mount.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._mount(f"size={_SIZE},mode=0700")

    def fill(self) -> None:
        """Leave no room; the last block of each file may still be filled up."""
        room = os.statvfs(self._folder)
        used = (room.f_blocks - room.f_bfree) * room.f_frsize
        self._mount(f"remount,size={max(used, room.f_frsize)}")

    def free(self) -> None:
        """Make room again."""
        self._mount(f"remount,size={_SIZE}")

    def unmount(self) -> None:
        """Move what it holds to the disk below, and take it away."""
        kept = self._folder.with_name(f"{self._folder.name}.kept")
        shutil.copytree(self._folder, kept, symlinks=True)
        subprocess.run(["umount", str(self._folder)], check=True)
        self._folder.rmdir()
        kept.rename(self._folder)

    def _mount(self, options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StartError(f"a full disk needs the right to mount: {done.stderr.strip()}")
