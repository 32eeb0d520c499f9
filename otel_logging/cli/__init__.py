"""The command `otel-logging`: one module a command, imported only when it is used.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from otel_logging._version import __version__
from otel_logging.cli.commands import COMMANDS, Command, CommandError

FAILED = 1
USAGE = 2
MISSING_EXTRA = "otel-logging {name} needs {module}: pip install 'otel-logging[{extra}]'"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The command line without the program's name; by default the process's own.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = next((COMMANDS[word] for word in words if word in COMMANDS), None)
    try:
        return _run(words, chosen)
    except ModuleNotFoundError as error:
        return _missing(chosen, error)
    except CommandError as error:
        print(f"otel-logging: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader has seen enough, as `| head` has; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _run(words: list[str], chosen: Command | None) -> int:
    parser, commands = _parser()
    if chosen is None:
        parser.parse_args(words)  # Help, the version or an error: it ends here.
        return USAGE
    module = importlib.import_module(chosen.module)
    module.add_arguments(commands[chosen.name])
    return int(module.run(parser.parse_args(words)))


def _parser() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and each command's own, still empty."""
    parser = argparse.ArgumentParser(
        prog="otel-logging",
        description="Read, store and check what services log and trace with OpenTelemetry.",
        epilog="otel-logging COMMAND --help tells more of a command.",
    )
    parser.add_argument("--version", action="version", version=f"otel-logging {__version__}")
    group = parser.add_subparsers(metavar="COMMAND", required=True)
    commands = {
        name: group.add_parser(name, help=command.help, description=command.description)
        for name, command in COMMANDS.items()
    }
    return parser, commands


def _missing(command: Command | None, error: ModuleNotFoundError) -> int:
    """Tell of an optional dependency that is not installed; anything else is a defect."""
    if command is None or command.extra is None or (error.name or "").startswith("otel_logging"):
        raise error
    text = MISSING_EXTRA.format(name=command.name, module=error.name, extra=command.extra)
    print(text, file=sys.stderr)
    return FAILED
