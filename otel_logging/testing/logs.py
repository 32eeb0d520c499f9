"""Records that were written, as they would have left."""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from otel_logging.bridge.counts import Counts
from otel_logging.bridge.handler import BridgeHandler
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.record import Record, json_record
from otel_logging.bridge.worker import Worker, rank_of
from otel_logging.launcher.capture import capture
from otel_logging.redaction import ActiveEngine, Engine, load_policy
from otel_logging.testing.secrets import refuse_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DEADLINE: Final = 30.0
"""Seconds within which what was written has to come out."""


class CapturedLogs:
    """Records in their JSON form, redacted by the policy; see `JsonRecord` for members."""

    exports = False

    def __init__(self, policy: str | Path | None) -> None:
        self._records: list[dict[str, Any]] = []
        queue = BoundedQueue(1_000_000, 1 << 30, rank_of, lambda _: None)
        active = ActiveEngine(Engine(load_policy(policy)))
        self._worker = Worker(queue, active, [self], Counts(), frozenset({"user.id", "user.roles"}))
        self.handler = BridgeHandler(queue, self._worker)

    @property
    def records(self) -> list[dict[str, Any]]:
        """Everything written so far, in order."""
        assert self._worker.flush(time.monotonic() + DEADLINE), "records did not come out in time"
        return list(self._records)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a name, in order."""
        return [record for record in self.records if record["event_name"] == name]

    def assert_event(
        self, name: str, *, severity: str | None = None, **attributes: Any
    ) -> dict[str, Any]:
        """Assert that an event was written, with these attributes among its own.

        Args:
            name: The event's name.
            severity: Its severity by name, if that matters.
            **attributes: Attributes by name; a double underscore stands for a dot.

        Returns:
            The first such event.
        """
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        for record in self.events(name):
            own = {key: record["attributes"].get(key) for key in wanted}
            if severity in {None, record["severity"]} and own == wanted:
                return record
        found = [(each["severity"], each["attributes"]) for each in self.events(name)]
        raise AssertionError(
            f"no event {name!r} with {severity or 'any severity'}, {wanted}; {found=}"
        )

    def assert_absent(self, *secrets: str) -> None:
        """Assert that secrets stand nowhere, as they are or in base64 or hex.

        The error names the secret by its position and the record by its index, not by value.
        """
        texts = (json.dumps(one, default=repr, ensure_ascii=False) for one in self.records)
        refuse_secrets(texts, secrets, "record")

    def clear(self) -> None:
        """Forget what was written so far."""
        if self.records:
            self._records.clear()

    def write(self, records: Sequence[Record]) -> None:
        """Take records from the bridge."""
        self._records += [
            msgspec.structs.asdict(json_record(record, "test", {})) for record in records
        ]

    def flush(self, deadline: float) -> bool:  # noqa: ARG002 - nothing is held
        """Return True: nothing is held."""
        return True

    def close(self, deadline: float) -> bool:  # noqa: ARG002 - nothing is held
        """Return True: nothing is held."""
        return True

    def after_fork(self) -> None:
        """Start without the parent's records in a forked child."""
        self._records = []

    def stop(self) -> None:
        """End the bridge."""
        self._worker.close(time.monotonic() + DEADLINE)


@contextmanager
def captured_logs(
    level: int = logging.INFO, policy: str | Path | None = None
) -> Iterator[CapturedLogs]:
    """Capture what is written inside the block, in place of sending it anywhere.

    Args:
        level: Level of the root logger meanwhile.
        policy: Redaction policy file; by default the one in the package.
    """
    logs = CapturedLogs(policy)
    root, before, call_handlers = (
        logging.getLogger(),
        logging.getLogger().level,
        logging.Logger.callHandlers,
    )
    root.setLevel(level)
    capture(logs.handler)
    try:
        yield logs
    finally:
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
        root.setLevel(before)
        logs.stop()


@pytest.fixture
def otel_logs() -> Iterator[CapturedLogs]:
    """What the test's code logs at INFO or above."""
    with captured_logs() as logs:
        yield logs
