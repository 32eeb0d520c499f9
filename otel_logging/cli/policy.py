"""`otel-logging policy`: check, compile, explain and apply a policy; where it is in force."""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from otel_logging.cli import policy_apply
from otel_logging.cli.commands import CommandError
from otel_logging.doctor.collector_page import METRICS_URL
from otel_logging.redaction import Engine, Policy, PolicyError, load_policy
from otel_logging.redaction.compiler import compile_policy
from otel_logging.redaction.policy import json_schema

POLICY_VARIABLE = "OTLOG_POLICY"
BAD_POLICY = 2
STALE = 1
RECENT = 180.0
"""Seconds; a process tells its version with its metrics, once a minute by default."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = commands.add_parser("check", help="say whether a policy file is valid")
    compile_ = commands.add_parser("compile", help="write the Collector's redaction.yaml")
    compile_.add_argument("--output", type=Path, default=Path("collector/redaction.yaml"))
    schema = commands.add_parser("schema", help="print the JSON Schema of a policy file")
    schema.add_argument("--output", type=Path, metavar="FILE", help="write it to a file instead")
    for each in (compile_, schema):
        each.add_argument("--check", action="store_true", help="only fail when the file is stale")
    explain = commands.add_parser("explain", help="say which rule masks what in a JSON record")
    explain.add_argument("record", nargs="?", default="-", help="JSON file; - is standard input")
    explain.add_argument("--service", help="the service whose section applies")
    apply = commands.add_parser("apply", help="put a policy in force in a running Collector")
    status = commands.add_parser("status", help="say which version is in force where")
    policy_apply.add_arguments(apply)
    _add_status_arguments(status)
    for each in (check, compile_, explain, apply, status):
        each.add_argument("--policy", type=Path, help="policy file; by default the package's own")
    in_force = os.environ.get(POLICY_VARIABLE)
    for each in (apply, status):
        each.set_defaults(policy=Path(in_force) if in_force else None)


def _add_status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", metavar="URL", help="where processes send their metrics")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--collector",
        metavar="URL",
        default=METRICS_URL,
        help="the Collector's page of its own metrics (%(default)s), or none",
    )
    parser.add_argument(
        "--within",
        type=float,
        default=RECENT,
        metavar="SECONDS",
        help="ask the processes that were heard in this time (%(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; 2 on a bad policy, 1 when something is stale or was not done."""
    if args.action == "schema":
        return _schema(args.output, only_check=args.check)
    try:
        return _run(load_policy(args.policy), args)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD_POLICY


def _run(policy: Policy, args: argparse.Namespace) -> int:
    """Run what needs a policy.

    Raises:
        PolicyError: The policy cannot be used.
    """
    if args.action == "compile":
        return _generated(compile_policy(policy), args.output, only_check=args.check)
    if args.action == "explain":
        return _explain(Engine(policy, args.service), args.record)
    if args.action == "apply":
        return policy_apply.run(policy, args)
    if args.action == "status":
        return _status(policy, args)
    for service in (None, *policy.services):
        Engine(policy, service)
    print(f"valid, version {policy.digest()}")
    return 0


def _schema(output: Path | None, *, only_check: bool) -> int:
    text = json_schema().decode()
    if output is not None:
        return _generated(text, output, only_check=only_check)
    print(text, end="")
    return 0


def _generated(text: str, output: Path, *, only_check: bool) -> int:
    """Write a generated file, or only say whether it is fresh."""
    if only_check:
        fresh = output.is_file() and output.read_text("utf-8") == text
        if not fresh:
            print(f"{output} is stale: write it without --check", file=sys.stderr)
        return 0 if fresh else STALE
    output.write_text(text, "utf-8")
    print(f"{output}: written")
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


def _status(policy: Policy, args: argparse.Namespace) -> int:
    try:
        module = importlib.import_module("otel_logging.cli.policy_status")
    except ModuleNotFoundError as error:
        raise CommandError(
            f"policy status needs {error.name}: pip install 'otel-logging[store]'"
        ) from error
    return int(module.run(policy, args))
