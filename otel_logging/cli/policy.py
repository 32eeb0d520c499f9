"""`otel-logging policy`: check a policy, compile it for the Collector, explain a record."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from otel_logging.redaction import Engine, Policy, PolicyError, load_policy
from otel_logging.redaction.compiler import compile_policy

NAME = "policy"
HELP = "check, compile and explain the redaction policy"
BAD_POLICY = 2
STALE = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = commands.add_parser("check", help="say whether a policy file is valid")
    compile_ = commands.add_parser("compile", help="write the Collector's redaction.yaml")
    compile_.add_argument("--output", type=Path, default=Path("collector/redaction.yaml"))
    compile_.add_argument("--check", action="store_true", help="only fail when the file is stale")
    explain = commands.add_parser("explain", help="say which rule masks what in a JSON record")
    explain.add_argument("record", nargs="?", default="-", help="JSON file; - is standard input")
    explain.add_argument("--service", help="the service whose section applies")
    for each in (check, compile_, explain):
        each.add_argument("--policy", type=Path, help="policy file; by default the package's own")


def run(args: argparse.Namespace) -> int:
    """Run the command; 2 on a bad policy, 1 when something is stale."""
    try:
        policy = load_policy(args.policy)
        if args.action == "compile":
            return _compile(policy, args.output, only_check=args.check)
        if args.action == "explain":
            return _explain(Engine(policy, args.service), args.record)
        for service in (None, *policy.services):
            Engine(policy, service)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD_POLICY
    print(f"valid, version {policy.digest()}")
    return 0


def _compile(policy: Policy, output: Path, *, only_check: bool) -> int:
    text = compile_policy(policy)
    if only_check:
        fresh = output.is_file() and output.read_text("utf-8") == text
        if not fresh:
            print(f"{output} is stale: run `otel-logging policy compile`", file=sys.stderr)
        return 0 if fresh else STALE
    output.write_text(text, "utf-8")
    print(f"{output}: written for policy {policy.digest()}")
    return 0


def _explain(engine: Engine, source: str) -> int:
    text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    record: Any
    try:
        record = json.loads(text)
    except ValueError:
        record = text
    for note in engine.explain(record):
        print(f"{note.path or '(root)'}: {note.action} by {note.kind} rule {note.rule}")
    return 0
