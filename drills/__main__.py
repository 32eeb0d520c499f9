"""`python -m drills [NAME]`: list the faults, or inject one and show the message of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from drills.faults import FAULTS, Fault
from drills.ground import Ground
from stack.part import StartError
from stack.ports import HOST
from stack.slack import Message, Slack

DEADLINE_SECONDS = 180.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 when nothing was told, 2 when the stack did not start."""
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument("name", nargs="?", choices=FAULTS, help="the fault")
    options = parser.parse_args(arguments)
    if options.name is None:
        for name, fault in FAULTS.items():
            print(f"{name:16} {fault.what} -> {fault.alert} · {fault.service}")
        return 0
    fault = FAULTS[options.name]
    try:
        return _drill(fault)
    except StartError as error:
        print(f"drills: {error}", file=sys.stderr)
        return 2


def _drill(fault: Fault) -> int:
    folder = Path(tempfile.mkdtemp(prefix="otel-logging-drill-"))
    # Nobody reads e-mail here: what cannot be sent is tried again and given up.
    with Slack() as slack:
        ground = Ground(folder, slack.url, f"{HOST}:9")
        print("drills: starting the stack", flush=True)
        with ground.running():
            print(f"drills: {fault.what}", flush=True)
            started = time.monotonic()
            fault.inject(ground)
            message = _told(slack, fault)
            if message is None:
                print(f"drills: {fault.alert} was not told; output below {folder}")
                return 1
            print(f"drills: told after {message.at - started:.0f} s in {message.channel}\n")
            for one in list(slack.messages):
                print(f"{one.channel}  {one.title}\n{one.text}\n")
    return 0


def _told(slack: Slack, fault: Fault) -> Message | None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        for message in slack.titled(f"{fault.alert} · {fault.service}"):
            return message
        time.sleep(0.2)
    return None


if __name__ == "__main__":
    sys.exit(main())
