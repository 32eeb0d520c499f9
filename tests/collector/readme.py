"""The overlay sets and variables that `collector/README.md` documents."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTOR = ROOT / "collector"
README = COLLECTOR / "README.md"
OVERLAYS = COLLECTOR / "overlays"
TRUSTED = [COLLECTOR / "base.yaml", COLLECTOR / "redaction.yaml"]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = README.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def commands() -> dict[str, str]:
    """The command of each documented overlay set, by the set's name."""
    return {name.strip("` |"): command.strip("` |") for name, *_, command in rows("Overlays")}


def overlays(command: str) -> tuple[str, ...]:
    """The overlays that a command loads, in order."""
    return tuple(re.findall(r"overlays/([\w-]+)\.yaml", command))


SETS = {name: overlays(command) for name, command in commands().items()}
