"""The bar beside each line: where in the transaction's time it lies."""

from __future__ import annotations

from dataclasses import dataclass

from otel_logging.backends import Transaction

BAR = "━"
POINT = "·"


@dataclass(frozen=True)
class Scale:
    """Maps Unix nanoseconds to columns.

    Attributes:
        start_ns: The first moment.
        end_ns: The last moment.
        width: Columns.
    """

    start_ns: int
    end_ns: int
    width: int

    def bar(self, start_ns: int, end_ns: int) -> str:
        """Return a bar over a span's time, at least one column long."""
        first = self._column(start_ns)
        last = max(first, self._column(end_ns))
        return " " * first + BAR * (last - first + 1)

    def point(self, time_ns: int) -> str:
        """Return a mark at one moment."""
        return " " * self._column(time_ns) + POINT

    def _column(self, time_ns: int) -> int:
        length = max(1, self.end_ns - self.start_ns)
        column = (time_ns - self.start_ns) * self.width // length
        return min(max(column, 0), self.width - 1)


def scale_of(transaction: Transaction, width: int) -> Scale:
    """Return the scale that takes in all spans and records of a transaction."""
    spans = transaction.spans
    points = [record.time_unix_nano for record in transaction.logs]
    starts = [span.start_unix_nano for span in spans] + points
    ends = [span.end_unix_nano for span in spans] + points
    return Scale(min(starts, default=0), max(ends, default=0), width)
