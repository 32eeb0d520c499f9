"""structlog's own loggers, to a file, set up as its guide to performance says."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from bench.receiver import SCOPE
from bench.records import Call
from bench.variants import lines


def _encode(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


class Structlog:
    """JSON lines in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(serializer=_encode),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            logger_factory=structlog.BytesLoggerFactory(self._file),
            cache_logger_on_first_use=True,
        )
        self._logger = structlog.get_logger(scope=SCOPE)

    def log(self, calls: Sequence[Call]) -> None:
        """Make the calls."""
        info = self._logger.bind().info
        for call in calls:
            if call.error is None:
                info("user %s did %s", call.user, call.action, **(call.attributes or {}))
            else:
                info(
                    "user %s did %s",
                    call.user,
                    call.action,
                    exc_info=call.error,
                    **(call.attributes or {}),
                )

    def finish(self) -> None:
        """Flush the file."""
        self._file.flush()

    def written(self) -> int:
        """Lines of the file."""
        return lines(self._path)


def start(folder: Path) -> Structlog:
    """Set up structlog."""
    return Structlog(folder / "records.json")
