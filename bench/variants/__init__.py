"""Ways to log, one a file: ``start(folder)`` sets one up in a process of its own."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bench.receiver import SCOPE
from bench.records import Call


class Variant(Protocol):
    """One way to log, set up."""

    def log(self, calls: Sequence[Call]) -> None:
        """Make the calls, one after the other."""

    def finish(self) -> None:
        """Bring to its place what is still buffered, unless a worker does."""

    def written(self) -> int | None:
        """Records that have come to their place so far; None where only the receiver knows."""


class StandardLogging:
    """Calls to `logging`, to whatever handler is set up behind it."""

    def __init__(self, handler: logging.Handler | None = None) -> None:
        self._logger = logging.getLogger(SCOPE)
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        if handler is not None:
            root.addHandler(handler)

    def log(self, calls: Sequence[Call]) -> None:
        """Make the calls."""
        info = self._logger.info
        for call in calls:
            info(
                "user %s did %s", call.user, call.action, extra=call.attributes, exc_info=call.error
            )

    def finish(self) -> None:
        """Do nothing: handlers write at once, and workers by themselves."""

    def written(self) -> int | None:
        """Nobody counts here."""
        return None


def lines(path: Path) -> int:
    """Lines of a file."""
    with path.open("rb") as file:
        return sum(1 for _ in file)
