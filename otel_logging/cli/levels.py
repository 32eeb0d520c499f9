"""`otel-logging levels`: list, set and reset levels in the file that services watch."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import getpass
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from otel_logging.cli.commands import CommandError
from otel_logging.levels.file import DEFAULT, Change, LevelsFileError, editing, read
from otel_logging.levels.request import HEADER, MAX_SECONDS, Claims, sign
from otel_logging.settings import MIN_SECRET, parse_level

FILE_VARIABLE = "OTLOG_LEVELS_FILE"
KEY_VARIABLE = "OTLOG_DEBUG_KEY"
KEPT = dt.timedelta(days=1)
"""How long the file remembers who reset a level."""

_LENGTH = re.compile(r"([1-9]\d*)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    list_ = actions.add_parser("list", help="show the changes in force")
    set_ = actions.add_parser("set", help="change a level in every worker, within two seconds")
    set_.add_argument("level", type=_level, help="TRACE, DEBUG, INFO, WARN, ERROR, or a number")
    _add_length(set_, "revert by itself after this time: 30s, 10m, 2h, 1d", None)
    reset = actions.add_parser("reset", help="go back to what the service started with")
    header = actions.add_parser("header", help="make a header that asks for DEBUG for a request")
    _add_length(header, f"how long it is good for, 1h at most ({KEY_VARIABLE} signs it)", "10m")
    for each in (set_, reset):
        each.add_argument("--logger", default="", help="name of the logger (the root logger)")
    for each in (list_, set_, reset):
        each.add_argument("--service", help="service.name of the service (all services)")
        each.add_argument(
            "--file",
            type=Path,
            default=os.environ.get(FILE_VARIABLE) or None,
            help=f"the file that services watch ({FILE_VARIABLE})",
        )
    for each in (set_, reset, header):
        each.add_argument("--why", default="", help="what for; it is logged")
        each.add_argument("--who", help="who asks for it; it is logged (you)")


def run(options: argparse.Namespace) -> int:
    """Run the command; 0 when it was done."""
    if options.action == "header":
        return _header(options)
    if options.file is None:
        raise CommandError(f"which file? give --file, or set {FILE_VARIABLE}")
    with _reported(options.file):
        if options.action == "list":
            return _list(options)
        return _set(options) if options.action == "set" else _reset(options)


def _list(options: argparse.Namespace) -> int:
    now = dt.datetime.now(dt.UTC)
    for one in read(options.file):
        over = one.until is not None and one.until <= now
        if over or one.level == DEFAULT or options.service not in (None, one.service):
            continue
        print(_line(one))
    return 0


def _set(options: argparse.Namespace) -> int:
    until = None if options.length is None else _later(options.length)
    change = Change(
        level=options.level,
        logger=options.logger,
        service=options.service,
        until=until,
        who=_who(options),
        why=options.why,
    )
    _put(options.file, change)
    print(_line(change))
    return 0


def _reset(options: argparse.Namespace) -> int:
    there = [one for one in read(options.file) if one.concerns(options.service, options.logger)]
    if not any(one.level != DEFAULT for one in there):
        place = f"{options.service or 'all services'}, {options.logger or 'the root logger'}"
        raise CommandError(f"{options.file} changes nothing for {place}")
    reset = Change(
        level=DEFAULT,
        logger=options.logger,
        service=options.service,
        until=_later(KEPT),
        who=_who(options),
        why=options.why or "reset",
    )
    _put(options.file, reset)
    return 0


def _header(options: argparse.Namespace) -> int:
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if len(key) < MIN_SECRET:
        raise CommandError(
            f"set {KEY_VARIABLE} to the key of the services, {MIN_SECRET} characters"
        )
    if options.length.total_seconds() > MAX_SECONDS:
        raise CommandError(f"a header is good for {MAX_SECONDS} s at most")
    expires = time.time() + options.length.total_seconds()
    print(f"{HEADER}: {sign(Claims(expires, _who(options), options.why), key)}")
    return 0


def _put(file: Path, change: Change) -> None:
    """Add a change in place of older ones for the same; drop what is over."""
    now = dt.datetime.now(dt.UTC)
    with editing(file) as changes:
        changes[:] = [
            one
            for one in changes
            if not one.concerns(change.service, change.logger)
            and (one.until is None or one.until > now)
        ]
        changes.append(change)


def _line(change: Change) -> str:
    parts = [
        f"{change.service or '(all services)'}  {change.logger or '(root)'}  {change.level}",
        f"until {change.until:%Y-%m-%dT%H:%M:%SZ}" if change.until else "until reset",
        f"by {change.who}" if change.who else "",
        change.why,
    ]
    return "  ".join(filter(None, parts))


def _who(options: argparse.Namespace) -> str:
    return options.who or getpass.getuser()


def _later(length: dt.timedelta) -> dt.datetime:
    return (dt.datetime.now(dt.UTC) + length).replace(microsecond=0)


def _add_length(parser: argparse.ArgumentParser, text: str, default: str | None) -> None:
    parser.add_argument(
        "--for", dest="length", type=_length, metavar="TIME", default=default, help=text
    )


def _length(text: str) -> dt.timedelta:
    found = _LENGTH.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30s, 10m, 2h, 1d")
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


def _level(text: str) -> str:
    try:
        parse_level(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text.upper()


@contextlib.contextmanager
def _reported(file: Path) -> Iterator[None]:
    """Turn what can be wrong with the file into the command's error."""
    try:
        yield
    except LevelsFileError as error:
        raise CommandError(f"{error}; correct it by hand") from error
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
