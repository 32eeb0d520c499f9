"""Programs that are no part of this project: an environment variable names them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from stack.part import StartError

PACKAGED = {
    "prometheus": "PROMETHEUS_BIN",
    "promtool": "PROMTOOL_BIN",
    "prometheus-alertmanager": "ALERTMANAGER_BIN",
    "amtool": "AMTOOL_BIN",
}
"""Programs that Debian packages, each with the variable that names another one instead."""


def packaged(name: str) -> str | None:
    """Return a program of Debian's packages, or what is named instead; None when it is missing."""
    return os.environ.get(PACKAGED.get(name, "")) or shutil.which(name)


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
