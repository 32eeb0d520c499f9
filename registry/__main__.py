"""`python -m registry [--check]`: write what follows from the registry, or tell what is stale."""

# ruff: noqa: T201 - it is a command
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from registry.generated import ROOT, files, stale
from registry.model import RegistryError, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a file is stale, 2 when the registry is wrong."""
    parser = argparse.ArgumentParser(prog="python -m registry", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    options = parser.parse_args(arguments)
    try:
        registry = load()
        old = stale(registry)
    except RegistryError as error:
        print(error, file=sys.stderr)
        return 2
    for path in old:
        if options.check:
            print(f"{path.relative_to(ROOT)} is stale: run `python -m registry`", file=sys.stderr)
        else:
            path.write_text(files(registry)[path], "utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    return 1 if options.check and old else 0


if __name__ == "__main__":
    sys.exit(main())
