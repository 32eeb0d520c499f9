"""Run the security audit: `make audit`, or `python -m security --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from security.places import loose_modes
from security.report import DOCUMENT, rendered
from security.result import Found, Result, compared
from security.run import run
from security.scanners import independent, planted
from stack.part import StartError


def main(arguments: list[str] | None = None) -> int:
    """Run with redaction off and on, compare, and write the report.

    Returns:
        0 when nothing leaks and the search is proved, 1 when not, 2 when a part did not start.
    """
    parser = argparse.ArgumentParser(prog="python -m security", description=__doc__)
    parser.add_argument(
        "--render", action="store_true", help="run nothing: write the report from the last result"
    )
    options = parser.parse_args(arguments)
    if options.render:
        DOCUMENT.write_text(rendered(Result.read()))
        return 0
    try:
        result = compared(_found(redacted=False), _found(redacted=True))
    except (StartError, TimeoutError) as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2
    result.write()
    DOCUMENT.write_text(rendered(result))
    _summary(result)
    return 0 if result.holds else 1


def _summary(result: Result) -> None:
    leaks = sum(count.redacted for count in result.entries)
    proved = sum(count.unredacted for count in result.entries)
    others = sum(kind.redacted for kind in result.independent)
    print(
        f"audit: leaks={leaks} found_without_redaction={proved} detect_secrets={others} "
        f"loose_modes={len(result.loose_modes)}"
    )


def _found(*, redacted: bool) -> Found:
    _say(f"redaction {'on' if redacted else 'off'}")
    with tempfile.TemporaryDirectory(prefix="otel-logging-audit-") as name:
        folder = Path(name)
        (scratch := folder / "scratch").mkdir(mode=0o700)
        rested = run(folder / "stack", redacted=redacted, tell=_say)
        _say("searching everything that was written")
        modes = sorted(loose_modes(rested.folder))
        return Found(rested, planted(rested), independent(rested, scratch), modes)


def _say(text: str) -> None:
    print(f"audit: {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
