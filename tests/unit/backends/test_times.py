"""Times as people write and read them."""

from __future__ import annotations

import time

import pytest

from otel_logging.backends.times import clock, duration, point_in_time


@pytest.mark.parametrize(
    ("nanos", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (12_345_678, "12.3 ms"),
        (999_600_000, "1 s"),
        (2_500_000_000, "2.5 s"),
        (7_200_000_000_000, "7200 s"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(nanos: int, text: str) -> None:
    """Three digits are enough to read."""
    assert text == duration(nanos)


def test_an_age_counts_from_now() -> None:
    """`2m` is two minutes ago."""
    before = time.time_ns()

    found = point_in_time("2m")

    assert before <= found + 120 * 10**9 <= time.time_ns()


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "2 m", "tomorrow"])
def test_nonsense_is_refused(text: str) -> None:
    """Neither a time nor an age."""
    with pytest.raises(ValueError):
        point_in_time(text)


def test_a_clock_time_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown in the reader's zone."""
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    shown = clock(1_764_000_000_123_000_000)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    assert shown == "2025-11-25 01:00:00.123"
    assert clock(1_764_000_000_123_000_000) == "2025-11-24 16:00:00.123"
