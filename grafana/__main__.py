"""`python -m grafana [--check]`: write what is provisioned, or tell what is stale."""

# ruff: noqa: T201 - it is a command
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from grafana.generated import ROOT, files, stale


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when a file is stale."""
    parser = argparse.ArgumentParser(prog="python -m grafana", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    options = parser.parse_args(arguments)
    old = stale()
    wanted = files()
    for path in old:
        if options.check:
            print(f"{path.relative_to(ROOT)} is stale: run `python -m grafana`", file=sys.stderr)
        elif path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
            print(f"{path.relative_to(ROOT)}: written")
        else:
            path.unlink()
            print(f"{path.relative_to(ROOT)}: removed")
    return 1 if options.check and old else 0


if __name__ == "__main__":
    sys.exit(main())
