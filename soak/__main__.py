"""`python -m soak`: an hour of mixed traffic with faults drawn from a seed."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from soak.ground import Ground
from soak.judge import judge, leaks
from soak.report import DOCUMENT, rendered
from soak.result import FOLDER, read_all
from soak.run import play
from soak.schedule import Plan, schedule
from stack.part import StartError

GUARD_SECONDS = 30.0
"""How long the run with redaction off lasts: too short for a fault."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when every promise was kept, 1 when not, 2 when a part did not start.
    """
    options = _options(arguments)
    if options.schedule:
        planned = schedule(options.seed, options.duration)
        print(msgspec.json.format(msgspec.json.encode(planned)).decode())
        return 0
    if options.render:
        DOCUMENT.write_text(rendered(read_all()))
        return 0
    # Ended from outside, it stops what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        return _soak(options)
    except StartError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what is drawn from (%(default)s)")
    parser.add_argument("--duration", type=float, default=3600, help="seconds (%(default)s)")
    parser.add_argument("--rate", type=float, default=6, help="requests a second (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where everything is written; kept afterwards")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the result goes")
    parser.add_argument("--schedule", action="store_true", help="show the faults; run nothing")
    parser.add_argument("--render", action="store_true", help="write docs/soak.md from the results")
    return parser.parse_args(arguments)


def _soak(options: argparse.Namespace) -> int:
    plan = Plan(options.seed, options.duration, options.rate)
    with tempfile.TemporaryDirectory(prefix="otel-logging-soak-") as made:
        folder = options.folder or Path(made)
        folder.mkdir(mode=0o700, exist_ok=True)
        _say("a short run with redaction off: does the search find what was planted?")
        unredacted = _guard(folder / "unredacted", plan)
        ground = Ground(folder / "redacted")
        _say("starting the stack")
        played = play(ground, plan, _say)
        _say("accounts, and a search of all that was written")
        result = judge(ground, played, plan, unredacted)
    _say(f"all as data: {result.write(options.results)}")
    print(result.line)
    return 0 if result.holds else 1


def _guard(folder: Path, plan: Plan) -> list[str]:
    ground = Ground(folder, redacted=False)
    return leaks(ground, play(ground, Plan(plan.seed, GUARD_SECONDS, plan.rate), _say))


def _say(text: str) -> None:
    print(f"soak: {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
