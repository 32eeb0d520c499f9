"""Commands that ask a backend for a list and print it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from rich.console import RenderableType

from otel_logging.backends import Backend
from otel_logging.cli.options import backend
from otel_logging.cli.output import console, print_json

T = TypeVar("T")


def listing(
    options: argparse.Namespace,
    ask: Callable[[Backend], list[T]],
    draw: Callable[[list[T]], RenderableType],
) -> int:
    """Print what the backend of the options answers, as a table or as JSON."""
    with backend(options) as source:
        found = ask(source)
    if options.json:
        print_json(found)
    else:
        console().print(draw(found))
    return 0
