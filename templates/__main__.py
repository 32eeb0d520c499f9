"""`python -m templates NAME`: begin a new service from `templates/service`."""

# ruff: noqa: T201 - it is a command
from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from alerting import __main__ as alerting
from alerting.catalogue import ROOT, SERVICES

TEMPLATE = Path(__file__).resolve().parent / "service"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class NameTakenError(ValueError):
    """A service of this name is there."""


def make(values: dict[str, str], services: Path = SERVICES) -> Path:
    """Write the template's files into a new folder, with values in their places.

    Args:
        values: `name`, `module`, `description` and `team`.
        services: the folder of all services.

    Raises:
        NameTakenError: when the folder is there.
    """
    folder = services / values["module"]
    if folder.exists():
        raise NameTakenError(f"{folder} is there: choose another name, or remove it")
    folder.mkdir(parents=True)
    for file in sorted(TEMPLATE.glob("*.template")):
        text = _PLACE.sub(lambda found: values[found[1]], file.read_text("utf-8"))
        (folder / file.stem).write_text(text, "utf-8")
    return folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 2 when the name cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m templates", description=__doc__)
    parser.add_argument("name", help="service.name, such as price-service")
    parser.add_argument("--team", default="platform", help="who owns it (platform)")
    parser.add_argument("--description", default="Prices things", help="what it does, in a line")
    options = parser.parse_args(arguments)
    if not _NAME.fullmatch(options.name):
        parser.error(f"{options.name!r}: use lower-case words with hyphens, as price-service")
    values = {**vars(options), "module": options.name.replace("-", "_")}
    try:
        folder = make(values)
    except NameTakenError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{folder.relative_to(ROOT)}: written")
    return alerting.main([])


if __name__ == "__main__":
    sys.exit(main())
