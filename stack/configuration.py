"""A part's own configuration file, with this machine's folders and ports in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


def moved(configuration: Any, old: str, new: Path) -> Any:
    """Return a configuration in which every path below the folder `old` is below `new`."""
    if isinstance(configuration, dict):
        return {key: moved(value, old, new) for key, value in configuration.items()}
    if isinstance(configuration, list):
        return [moved(value, old, new) for value in configuration]
    if isinstance(configuration, str) and Path(configuration).is_relative_to(old):
        return str(new / Path(configuration).relative_to(old))
    return configuration


def read(file: Path) -> Any:
    """Return the content of a YAML file."""
    return yaml.safe_load(file.read_text())


def write(file: Path, configuration: Any) -> None:
    """Write a configuration as YAML."""
    file.write_text(yaml.safe_dump(configuration, sort_keys=False))
