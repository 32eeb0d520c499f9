"""Where commands print to."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import msgspec
from rich.console import Console

PLAIN_WIDTH = 120
"""Columns where standard output is no terminal, unless `COLUMNS` says otherwise."""


def console() -> Console:
    """Return standard output: colour on a terminal only, none where NO_COLOR is set."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without UTF-8 gets question marks for lines, not an error.
        sys.stdout.reconfigure(errors="replace")
    out = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = PLAIN_WIDTH
    return out


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(text.decode() + "\n")


def print_json_line(value: Any) -> None:
    """Print a value as one line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
