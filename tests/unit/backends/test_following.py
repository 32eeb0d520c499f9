"""A tail made of searches."""

from __future__ import annotations

from otel_logging.backends import LogQuery, LogRecord
from otel_logging.backends.following import PAGE, Following
from otel_logging.backends.times import rfc3339

T0 = 1_764_000_000_000_000_000


class Kept:
    """Records that a search answers from, as a backend does."""

    def __init__(self) -> None:
        self.records: list[LogRecord] = []

    def add(self, number: int, at: int) -> None:
        """Keep one record."""
        record = LogRecord(
            timestamp=rfc3339(at),
            severity="INFO",
            body=number,
            service="s",
            scope="",
            uid=str(number),
        )
        self.records.append(record)

    def search(self, query: LogQuery) -> list[LogRecord]:
        """Return what is at or after `since_ns`, oldest first."""
        found = [r for r in self.records if r.time_unix_nano >= (query.since_ns or 0)]
        return sorted(found, key=lambda r: r.time_unix_nano)[: query.limit]


def test_more_than_one_page_at_a_time_is_followed_whole() -> None:
    """A burst larger than a search's page, all within the overlap, does not stop the tail."""
    kept = Kept()
    following = Following(kept.search, LogQuery(since_ns=T0))
    for number in range(PAGE * 2 + 5):
        kept.add(number, T0 + number)

    first = [record.body for record in following.poll()]
    kept.add(-1, T0 + 3 * PAGE)
    second = [record.body for record in following.poll()]

    assert list(range(PAGE * 2 + 5)) == first
    assert second == [-1]


def test_a_late_record_within_the_overlap_is_found_once() -> None:
    """A record that arrives after younger ones is not lost, and not repeated."""
    kept = Kept()
    following = Following(kept.search, LogQuery(since_ns=T0))
    kept.add(1, T0 + 5 * 10**9)
    list(following.poll())
    kept.add(2, T0 + 1 * 10**9)

    assert [record.body for record in following.poll()] == [2]
    assert list(following.poll()) == []
