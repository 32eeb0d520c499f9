"""loguru, serialised to a file."""

from collections.abc import Sequence
from pathlib import Path

from loguru import logger

from bench.records import Call
from bench.variants import lines


class Loguru:
    """JSON lines in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        logger.remove()
        logger.add(path, serialize=True, level="INFO", diagnose=False)

    def log(self, calls: Sequence[Call]) -> None:
        """Make the calls."""
        for call in calls:
            chosen = logger if call.error is None else logger.opt(exception=call.error)
            chosen.info("user {} did {}", call.user, call.action, **(call.attributes or {}))

    def finish(self) -> None:
        """Wait for what loguru may have queued."""
        logger.complete()

    def written(self) -> int:
        """Lines of the file."""
        return lines(self._path)


def start(folder: Path) -> Loguru:
    """Set up loguru."""
    return Loguru(folder / "records.json")
