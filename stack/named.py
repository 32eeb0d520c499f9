"""Programs that are no part of this project: an environment variable names them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from stack.part import StartError


def program(variable: str) -> Path:
    """Return the program that an environment variable names.

    Raises:
        StartError: when the variable is not set, or names no file.
    """
    named = Path(os.environ.get(variable) or "")
    if not named.is_file():
        raise StartError(f"{variable} does not name a program; set it to the path of one")
    return named


def version(command: Path) -> str:
    """Return the version that a program of Prometheus's family tells of itself."""
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version v?(\d+\.\d+\.\d+)", told.stdout + told.stderr)
    return found[1] if found else "unknown"
