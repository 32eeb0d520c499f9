"""The standard library with python-json-logger, to a file."""

import logging
from pathlib import Path

from pythonjsonlogger.json import JsonFormatter

from bench.variants import StandardLogging, lines


class JsonFile(StandardLogging):
    """JSON lines in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        handler = logging.FileHandler(path)
        handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        super().__init__(handler)

    def written(self) -> int:
        """Lines of the file."""
        return lines(self._path)


def start(folder: Path) -> JsonFile:
    """Set up a file handler."""
    return JsonFile(folder / "records.json")
