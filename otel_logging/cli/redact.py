"""`otel-logging redact`: JSON Lines in, the same lines without secrets out."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from otel_logging.redaction import Engine, PolicyError, load_policy

NAME = "redact"
HELP = "redact JSON Lines or text from standard input"
BAD_POLICY = 2
_MAX_LINE = 16 << 20
_TEXTS = ("scope", "event_name", "severity", "service")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--policy", type=Path, help="policy file; by default the package's own")
    parser.add_argument("--service", help="the service whose section applies")


def run(args: argparse.Namespace) -> int:
    """Redact standard input to standard output; 2 on a bad policy."""
    try:
        engine = Engine(load_policy(args.policy), args.service)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return BAD_POLICY
    for line in _lines(sys.stdin.buffer):
        content = line.rstrip("\r\n")
        sys.stdout.buffer.write((redacted_line(engine, content) + line[len(content) :]).encode())
        sys.stdout.buffer.flush()
    return 0


def redacted_line(engine: Engine, line: str) -> str:
    """One line without secrets: JSON stays JSON, and a clean line stays as it is."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return engine.text(line)
    redacted = _redacted(engine, value)
    if redacted == value:
        # A key that stands twice is gone from `value`, but not from the line.
        return engine.text(line)
    compact = (",", ":") if '": ' not in line else None
    return json.dumps(redacted, ensure_ascii=line.isascii(), separators=compact)


def _redacted(engine: Engine, value: Any) -> Any:
    if not isinstance(value, dict):
        return engine.body(value)
    if "body" not in value or "attributes" not in value:
        return engine.attributes(value)
    redacted = dict(value)
    redacted["body"] = engine.body(value["body"])
    for name in ("attributes", "resource"):
        if isinstance(value.get(name), dict):
            redacted[name] = engine.attributes(value[name])
    for name in _TEXTS:
        if isinstance(value.get(name), str):
            redacted[name] = engine.text(value[name])
    rest = {name: item for name, item in value.items() if name not in _RECORD}
    return {**redacted, **engine.attributes(rest)}


_RECORD = frozenset({"timestamp", "body", "attributes", "resource", "trace_id", "span_id", *_TEXTS})


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Lines as they come, each at most 16 MiB, so that memory stays bounded."""
    while line := stream.readline(_MAX_LINE):
        yield line.decode("utf-8", "replace")
