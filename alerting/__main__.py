"""`python -m alerting [--check]`: write rules, routes and counts, or tell what is stale."""

# ruff: noqa: T201 - it is a command
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from alerting.catalogue import ROOT, CatalogueError
from alerting.generated import Sources, files, stale, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a file is stale, 2 when an entry is wrong."""
    parser = argparse.ArgumentParser(prog="python -m alerting", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    options = parser.parse_args(arguments)
    try:
        wanted = files(Sources.read())
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.check:
        old = stale(wanted)
        for path in old:
            print(f"{path.relative_to(ROOT)} is stale: run `python -m alerting`", file=sys.stderr)
        return 1 if old else 0
    for path in write(wanted):
        print(f"{path.relative_to(ROOT)}: {'written' if path in wanted else 'removed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
