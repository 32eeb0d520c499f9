"""The outcome of decoding one intake request."""

from __future__ import annotations

from dataclasses import dataclass, field

from otel_logging.store.tables import Row, Table


@dataclass
class Decoded:
    """The rows of one request, and what of it was refused.

    Attributes:
        table: Where the rows belong.
        rows: One for each record that is accepted.
        rejected: How many were refused.
        reasons: Why, each reason once, in order of appearance.
    """

    table: Table
    rows: list[Row] = field(default_factory=list)
    rejected: int = 0
    reasons: dict[str, None] = field(default_factory=dict)

    def reject(self, reason: str) -> None:
        """Count one record as refused."""
        self.rejected += 1
        self.reasons[reason] = None

    @property
    def message(self) -> str:
        """The reasons as the `error_message` of a partial success."""
        return "; ".join(self.reasons)

    def keep_between(self, oldest_ns: int, newest_ns: int) -> None:
        """Reject the rows whose time is outside a range, both ends included."""
        index = self.table.time_index
        kept = [row for row in self.rows if oldest_ns <= row[index] <= newest_ns]
        for _ in range(len(self.rows) - len(kept)):
            self.reject("the time is older than the retention or more than a day ahead")
        self.rows = kept
