"""The writing thread: groups, limits, and rows that DuckDB refuses."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from otel_logging.store import writer as writing
from otel_logging.store.decode.logs import decode_logs
from otel_logging.store.errors import OverloadedError
from otel_logging.store.queries.reader import Reader
from otel_logging.store.settings import NANOS_PER_HOUR, NANOS_PER_MINUTE, StoreSettings
from otel_logging.store.slices import Slices
from otel_logging.store.tables import LOGS, Row
from otel_logging.store.writer import Writer
from tests.store import otlp
from tests.unit.store.conftest import NOW

SECONDS = 60
BODY = list(LOGS.columns).index("body")


@pytest.fixture
def slices(tmp_path: Path) -> Iterator[Slices]:
    """Return the slices of an empty folder."""
    found = Slices(tmp_path / "data")
    yield found
    found.close()


def rows(*bodies: str, at: int = NOW) -> list[Row]:
    """Return one row for each body."""
    return decode_logs(otlp.logs(*(otlp.log(body, at) for body in bodies)), NOW).rows


def start(slices: Slices, folder: Path, **settings: int) -> Writer:
    """Return a running writer."""
    return Writer(slices, StoreSettings(folder=folder, **settings), lambda: NOW)


def bodies(slices: Slices) -> list[str]:
    """Return what is stored."""
    return [row[0] for row in Reader(slices).rows("SELECT body FROM logs ORDER BY body", [LOGS])]


def test_rows_are_stored_when_the_future_ends(slices: Slices, tmp_path: Path) -> None:
    """A committed row is visible to any reader, in the file of its hour."""
    writer = start(slices, tmp_path)

    writer.submit(LOGS, rows("a") + rows("b", at=NOW + NANOS_PER_HOUR)).result(SECONDS)

    assert bodies(slices) == ["a", "b"]
    assert [part.path.name for part in slices.within()] == [
        "20251124T16.duckdb",
        "20251124T17.duckdb",
    ]
    writer.close()


def test_a_row_that_cannot_be_stored_spoils_only_its_request(
    slices: Slices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests committed together fail one by one, and nothing of a failed one is stored."""
    release = threading.Event()
    next_group = Writer._next_group

    def held(self: Writer) -> tuple[list[writing.Pending], bool]:
        release.wait(SECONDS)
        return next_group(self)

    monkeypatch.setattr(Writer, "_next_group", held)
    writer = start(slices, tmp_path)
    poisoned = [*rows("half"), ("uid", NOW, "not a number", *rows("x")[0][3:])]
    good, bad, also_good = (
        writer.submit(LOGS, batch) for batch in (rows("good"), poisoned, rows("late"))
    )
    release.set()

    good.result(SECONDS)
    also_good.result(SECONDS)
    with pytest.raises(duckdb.DataError):
        bad.result(SECONDS)
    assert bodies(slices) == ["good", "late"]
    assert writer.accepted == 2
    writer.close()


def test_rows_beyond_the_limit_are_refused(
    slices: Slices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While too much waits the sender is told; when it is written there is room again."""
    release = threading.Event()
    next_group = Writer._next_group

    def held(self: Writer) -> tuple[list[writing.Pending], bool]:
        release.wait(SECONDS)
        return next_group(self)

    monkeypatch.setattr(Writer, "_next_group", held)
    writer = start(slices, tmp_path, max_queued_rows=3)
    waiting = writer.submit(LOGS, rows("a", "b"))

    with pytest.raises(OverloadedError):
        writer.submit(LOGS, rows("c", "d"))
    release.set()
    waiting.result(SECONDS)
    writer.submit(LOGS, rows("e", "f")).result(SECONDS)

    assert bodies(slices) == ["a", "b", "e", "f"]
    writer.close()


def test_closing_writes_what_is_queued(slices: Slices, tmp_path: Path) -> None:
    """Rows accepted before the end are stored; later ones are refused."""
    writer = start(slices, tmp_path)
    futures = [writer.submit(LOGS, rows(f"{number:02}")) for number in range(20)]

    writer.close()

    assert all(future.done() for future in futures)
    assert len(bodies(slices)) == 20
    with pytest.raises(OverloadedError):
        writer.submit(LOGS, rows("late"))


def test_one_hot_hour_keeps_to_the_size(
    slices: Slices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on in further files, the oldest of which go; what is kept is found, once only."""
    monkeypatch.setattr(writing, "RETENTION_INTERVAL_SECONDS", 0.0)
    most = 4_000_000
    writer = start(slices, tmp_path, max_bytes=most)
    hour = NOW - NOW % NANOS_PER_HOUR
    choose = random.Random(7)
    batches = [
        rows(
            *(choose.randbytes(500).hex() for _ in range(1000)), at=hour + minute * NANOS_PER_MINUTE
        )
        for minute in range(12)
    ]

    for batch in [*batches, batches[-1], batches[-2]]:
        writer.submit(LOGS, batch).result(SECONDS)
    writer.run(lambda: None).result(SECONDS)

    sizes, kept = [part.size for part in slices.within()], bodies(slices)
    assert sum(sizes) <= most
    assert max(sizes) < most // 2
    assert {part.start_ns // NANOS_PER_HOUR for part in slices.within()} == {hour // NANOS_PER_HOUR}
    assert len(kept) == len(set(kept)) < 12_000
    assert {row[BODY] for row in batches[-1] + batches[-2]} <= set(kept)
    writer.close()


def test_further_files_of_an_hour_are_found_again(tmp_path: Path) -> None:
    """A store that is opened again puts rows where it would have before, and reads all."""
    slices = Slices(tmp_path / "data")
    writer = start(slices, tmp_path)
    writer.submit(LOGS, rows("a")).result(SECONDS)
    writer.run(lambda: slices.split(1)).result(SECONDS)
    later = rows("b", at=NOW + NANOS_PER_MINUTE)
    writer.submit(LOGS, later).result(SECONDS)
    before = slices.within()
    writer.close()
    slices.close()

    again = Slices(tmp_path / "data")
    writer = start(again, tmp_path)
    writer.submit(LOGS, later + rows("a")).result(SECONDS)

    assert again.within() == before
    assert [part.path.name for part in before] == ["20251124T16.duckdb", "20251124T1601.duckdb"]
    assert before[0].end_ns == before[1].start_ns
    assert bodies(again) == ["a", "b"]
    writer.close()
    again.close()
