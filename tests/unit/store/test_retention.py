"""Which slices go."""

from __future__ import annotations

from pathlib import Path

from otel_logging.store.retention import expired
from otel_logging.store.settings import NANOS_PER_HOUR
from otel_logging.store.slices import Slice


def slices(folder: Path, *sizes: int) -> list[Slice]:
    """Return one slice an hour from hour 0, of these sizes."""
    found = []
    for hour, size in enumerate(sizes):
        path = folder / f"{hour}.duckdb"
        path.write_bytes(b"x" * size)
        found.append(Slice(hour * NANOS_PER_HOUR, path, (hour + 1) * NANOS_PER_HOUR))
    return found


def test_a_slice_goes_when_its_last_moment_is_too_old(tmp_path: Path) -> None:
    """An hour is kept while any record in it may be young enough."""
    parts = slices(tmp_path, 1, 1, 1)

    assert expired(parts, oldest_ns=NANOS_PER_HOUR - 1, max_bytes=99) == []
    assert parts[:1] == expired(parts, oldest_ns=NANOS_PER_HOUR, max_bytes=99)
    assert parts == expired(parts, oldest_ns=9 * NANOS_PER_HOUR, max_bytes=99)


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path) -> None:
    """Size takes from the old end and stops as soon as it can."""
    parts = slices(tmp_path, 40, 40, 40)

    assert expired(parts, oldest_ns=0, max_bytes=120) == []
    assert parts[:1] == expired(parts, oldest_ns=0, max_bytes=119)
    assert parts[:2] == expired(parts, oldest_ns=0, max_bytes=79)


def test_size_never_takes_the_slice_being_written(tmp_path: Path) -> None:
    """The newest slice stays however large it is."""
    parts = slices(tmp_path, 40, 400)

    assert parts[:1] == expired(parts, oldest_ns=0, max_bytes=10)


def test_a_log_ahead_counts(tmp_path: Path) -> None:
    """The write-ahead log takes room on disk as well."""
    parts = slices(tmp_path, 10, 10)
    (tmp_path / "1.duckdb.wal").write_bytes(b"x" * 50)

    assert parts[:1] == expired(parts, oldest_ns=0, max_bytes=69)
