"""The store's settings, checked once at start."""

from __future__ import annotations

from pathlib import Path

import msgspec

from otel_logging.store.access import SHORTEST_TOKEN
from otel_logging.store.errors import StoreError

NANOS_PER_MINUTE = 60_000_000_000
NANOS_PER_HOUR = 60 * NANOS_PER_MINUTE


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the store listens and what it keeps.

    Attributes:
        folder: Holds one DuckDB file per hour, several for a large one; made with mode 0700.
        host: Address to listen on.
        port: TCP port to listen on; 0 takes a free one.
        retention_hours: Age at which a slice is deleted.
        max_bytes: Total size of the files above which the oldest slices go.
        max_body_bytes: Largest request body, before and after decompression.
        max_queued_rows: Rows that may wait for the writer before senders are told to retry.
        token: What senders and readers have to show; None only on loopback.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 4319
    retention_hours: float = 168.0
    max_bytes: int = 5_000_000_000
    max_body_bytes: int = 32_000_000
    max_queued_rows: int = 200_000
    token: str | None = None

    def __post_init__(self) -> None:
        """Refuse values that cannot work.

        Raises:
            StoreError: Naming the option, its value and the reason.
        """
        if self.retention_hours <= 0:
            raise StoreError(f"--retention-hours {self.retention_hours:g}: must be above 0")
        if self.max_bytes < 1_000_000:
            raise StoreError(f"--max-bytes {self.max_bytes}: must be at least 1000000")
        if not 0 <= self.port <= 65535:
            raise StoreError(f"--port {self.port}: must be between 0 and 65535")
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise StoreError(f"OTLOG_STORE_TOKEN: must have at least {SHORTEST_TOKEN} characters")

    @property
    def retention_ns(self) -> int:
        """The retention in nanoseconds."""
        return int(self.retention_hours * NANOS_PER_HOUR)
