"""Run the demo: `make demo`, or `python -m demo --help`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import httpx

from demo import against, pictures
from demo.playing import play, say, show
from demo.scenario import Result, ScenarioError
from demo.verdict import Verdict, judge, wait_until_settled
from otel_logging.backends import BackendError
from otel_logging.cli.options import BACKEND_VARIABLE
from stack.native import NativeStack, Ports, collector_available
from stack.part import Part, StartError

DEFAULT_PORTS = Ports(
    gateway=8000,
    auth_service=8001,
    event_service=8002,
    rabbitmq=5672,
    store=4319,
    collector=4318,
    lens=4320,
)


def main(arguments: list[str] | None = None) -> int:
    """Start the stack, run the scenario, show the transaction and the verdict.

    Returns:
        0 when the verdict holds, 1 when it does not, 2 when the stack did not start.
    """
    options = _parse(arguments)
    if options.against:
        return _against(options)
    if options.pictures:
        return _pictures(options)
    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not options.once
    folder = Path(tempfile.mkdtemp(prefix="otel-logging-demo-"))
    # A second Ctrl-C while stopping must not leave parts behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        verdict = _run(
            NativeStack(folder, options.ports, with_collector=_collector()), interactive=interactive
        )
    except (StartError, ScenarioError, TimeoutError) as error:
        print(f"demo: {error}\ndemo: the output of every part is below {folder}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for leak in verdict.leaks:
        print(f"demo: LEAK {leak}", file=sys.stderr)
    print(verdict.line)
    if not verdict.holds:
        print(f"demo: the output of every part is below {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _against(options: argparse.Namespace) -> int:
    try:
        return against.run(options.against, options.backend)
    except (ScenarioError, BackendError, TimeoutError, httpx.HTTPError) as error:
        print(f"demo: {options.against}: {error}", file=sys.stderr)
        return 2


def _pictures(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="otel-logging-demo-") as name:
        try:
            pictures.run(Path(name), options.ports, options.pictures, _Progress())
        except (StartError, ScenarioError, TimeoutError) as error:
            print(f"demo: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
    return 0


def _run(stack: NativeStack, *, interactive: bool) -> Verdict:
    with stack.running(_Progress()):
        result = play(stack.gateway.http, stack.admin_password)
        if not interactive:
            for service in stack.services:
                service.stop()
        say("waiting until the last records are in the store")
        wait_until_settled(stack.store.http, [step.trace_id for step in result.steps])
        show(result.order_trace_id, stack.store.http)
        verdict = judge(stack, result.needles)
        if interactive:
            with stack.lens:
                _stay(stack, verdict, result)
    return verdict


def _stay(stack: NativeStack, verdict: Verdict, result: Result) -> None:
    print(verdict.line)
    print(
        f"\nStill running; Ctrl-C stops everything.\n"
        f"  look       {stack.lens.http}/traces/{result.order_trace_id}\n"
        f"  logs       {stack.lens.http}/logs\n"
        f"  gateway    {stack.gateway.http}/docs\n"
        f"  store      {stack.store.http}/api/traces\n"
        f"  one trace  otel-logging trace ID --backend {stack.store.http}\n"
        f"  output     {stack.folder}/*/*.log",
        flush=True,
    )
    try:
        while all(part.running for part in stack.parts):
            time.sleep(1)
    except KeyboardInterrupt:
        say("stopping")


def _collector() -> bool:
    if collector_available():
        return True
    print(
        "demo: NO COLLECTOR could be had: the services send straight to the store, and only\n"
        "demo: the redaction inside the processes stands between a secret and the store.",
        file=sys.stderr,
    )
    return False


class _Progress:
    """Says which part is being started, and how long the one before took."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, part: Part) -> None:
        say(f"starting {part.name} ({time.monotonic() - self._started:.0f} s)")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--port",
        action="append",
        default=[],
        metavar="PART=PORT",
        help=f"listen elsewhere; parts: {', '.join(Ports.names())}; may be repeated",
    )
    parser.add_argument("--once", action="store_true", help="stop at the end, in a terminal too")
    parser.add_argument(
        "--against",
        metavar="URL",
        help="start nothing: play the scenario at the gateway of a stack that runs, such as the "
        "compose file's http://127.0.0.1:8000",
    )
    parser.add_argument(
        "--backend",
        metavar="URL",
        default=os.environ.get(BACKEND_VARIABLE) or None,
        help=f"with --against: what keeps its telemetry, as `otel-logging` takes it "
        f"({BACKEND_VARIABLE} sets it); without one nothing is judged",
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="play the scenario some times and write pictures of the lens's pages there; "
        "needs Chromium",
    )
    options = parser.parse_args(arguments)
    chosen = vars(DEFAULT_PORTS).copy()
    for one in options.port:
        part, _, port = one.partition("=")
        if part.replace("-", "_") not in chosen or not port.isdecimal():
            parser.error(f"--port {one}: use PART=PORT with one of {', '.join(Ports.names())}")
        chosen[part.replace("-", "_")] = int(port)
    options.ports = Ports(**chosen)
    return options


if __name__ == "__main__":
    sys.exit(main())
