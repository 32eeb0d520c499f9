"""How the benches measure."""

import json
import time

import pytest

from bench import measure


def test_a_spread_is_a_median_between_its_quartiles():
    """One outlier moves neither the median nor the quartiles far."""
    spread = measure.Spread([5, 1, 3, 4, 1000])

    assert (spread.low, spread.median, spread.high) == (3, 4, 5)


def test_one_sample_is_its_own_spread():
    """A single repetition can be shown."""
    assert str(measure.Spread([7])) == "7.00 ±0.00"


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (0, 1)])
def test_a_percentile_is_a_sample(percent, expected):
    """The nearest rank is taken, nothing is interpolated."""
    assert expected == measure.percentile(range(1, 101), percent)


def test_a_spinner_uses_cpu_time_that_can_be_told_apart():
    """What the CPU-bound thread uses is known, so that it can be taken off."""
    with measure.Spinner() as spinner:
        deadline = time.monotonic() + 30
        while spinner.cpu_ns() < 20_000_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        used = spinner.cpu_ns()

    assert 20_000_000 <= used <= time.process_time_ns()


def test_results_are_saved_with_machine_and_versions(tmp_path, monkeypatch):
    """Figures without the machine and the versions say nothing."""
    monkeypatch.setattr(measure, "RESULTS", tmp_path / "results")

    saved = json.loads(measure.save("any", ["msgspec"], {"ratio": 0.5}).read_text())

    assert saved["ratio"] == 0.5
    assert saved["machine"]["cores"] >= 1
    assert {"msgspec"} == saved["versions"].keys()


def test_a_table_is_aligned():
    """Names stand to the left, numbers to the right."""
    assert measure.table(("", "µs"), [("a", 1), ("bcd", 200)]) == "      µs\na      1\nbcd  200"
