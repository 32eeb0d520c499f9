"""From costs to cores, processes and storage, and the page that shows them."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from bench.capacity import compared
from bench.performance import capacity_page
from bench.performance.pipeline import Rates
from otel_logging.capacity import vendors
from otel_logging.capacity.measured import Cost, Figure, Measured, Sizes, Stage, measured
from otel_logging.capacity.model import Load, capacity
from otel_logging.cli import main


def figure(median: float) -> Figure:
    """A figure without spread."""
    return Figure(median, median, median, 1)


def stage(record_us: float, span_us: float) -> Stage:
    """A stage that uses a tenth of a core idle, and as much for each signal that flows."""
    costs = [Cost(figure(each), figure(0.1)) for each in (record_us, span_us)]
    return Stage(figure(0.1), *costs)


COSTS = Measured(
    "2026-01-01T00:00:00+00:00",
    "a command",
    "a machine",
    {"process": stage(50, 100), "collector": stage(300, 200), "store": stage(40, 60)},
    Sizes(500, 400, 5),
)


def load(records: float, spans: float = 0, **options: float) -> Load:
    """A load of records of 500 bytes and spans of 400."""
    sizes = {"record_bytes": 500, "span_bytes": 400, "compression": 5}
    return msgspec.convert({"records": records, "spans": spans, **sizes, **options}, Load)


def test_cores_are_idle_and_flowing_and_rate_times_cost():
    """What does not flow costs nothing, and twice as much costs twice."""
    assert capacity(load(0), COSTS).cores("collector") == pytest.approx(0.1)
    assert capacity(load(1_000), COSTS).cores("collector") == pytest.approx(0.2 + 0.3)
    assert capacity(load(2_000, 1_000), COSTS).cores("collector") == pytest.approx(0.3 + 0.6 + 0.2)


def test_collectors_have_room():
    """10 cores in use are 5 Collectors of 4 at half of their cores."""
    options = {"collector_cores": 4, "utilisation": 0.5}

    assert capacity(load(30_000, **options), COSTS).collectors == math.ceil(9.2 / 2)
    assert capacity(load(1, **options), COSTS).collectors == 1


def test_storage_is_what_comes_in_for_as_long_as_it_is_kept():
    """1,000 records of 500 bytes, compressed to a fifth, for ten days, twice."""
    logs = capacity(load(1_000, log_days=10, copies=2, price=0.5), COSTS).logs

    assert logs.bytes_a_second == 500_000
    assert logs.gigabytes == pytest.approx(500_000 * 86_400 * 10 * 2 / 5 / 1e9)
    assert logs.usd_a_month == pytest.approx(logs.gigabytes / 2)


@pytest.mark.parametrize(
    ("bytes_a_day", "ingesters"), [(3e12, 6), (3.1e12, 90), (30e12, 90), (31e12, 155), (60e12, 300)]
)
def test_loki_is_as_large_as_its_vendor_says(bytes_a_day, ingesters):
    """The sizes end at 3 and at 30 TB a day; the largest is multiplied."""
    found = {one.name: one for one in vendors.loki(bytes_a_day)}

    assert found["ingester"].processes == ingesters
    assert found["compactor"].processes == 1


def test_little_is_for_one_loki():
    """Up to 20 GB a day it runs as a single process."""
    assert [one.processes for one in vendors.loki(20e9)] == [1]


def test_tempo_is_as_large_as_its_vendor_says():
    """A distributor for 10 MB a second, a live-store for 6, a querier for 1."""
    found = {one.name: one.processes for one in vendors.tempo(25e6)}

    assert (found["distributor"], found["live-store"], found["querier"]) == (3, 5, 25)


def test_the_check_compares_the_sum_of_all_stages():
    """An error is a share of what was measured, and the median of the rounds counts."""
    rates = Rates(1_500, 600)
    rounds = [
        {rates: {"process": cores, "collector": 1.0, "store": 0.5, "sent": 9e9}}
        for cores in (0.1, 0.5, 9.9)
    ]

    found = compared(rounds, COSTS)

    assert found["collector"]["predicted"] == pytest.approx(0.3 + 0.45 + 0.12)
    assert found["collector"]["error"] == pytest.approx(-0.13)
    assert found["whole"]["measured"] == 2.0


def test_the_page_is_what_the_data_say():
    """Neither was edited without the other: `make bench-capacity ARGS=--render` writes it anew."""
    check = json.loads(capacity_page.CHECK.read_text())

    assert capacity_page.DOCUMENT.read_text() == capacity_page.rendered(measured(), check)


def test_the_command_answers_in_json_and_in_words(capsys):
    """Both tell the same number of Collectors."""
    arguments = ["capacity", "--records-per-second", "100000", "--spans-per-second", "0"]

    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(arguments) == 0
    text = capsys.readouterr().out

    assert found["load"]["spans"] == 0
    assert found["collectors"] > 1
    assert f"Collectors: {found['collectors']}, each with 4 cores" in text
    assert "Loki ingester" in text


@pytest.mark.parametrize(
    "arguments", [["--records-per-second", "-1"], ["--utilisation", "2"], ["--storage-price", "x"]]
)
def test_impossible_loads_are_refused(arguments, capsys):
    """The message names the option."""
    with pytest.raises(SystemExit, match="2"):
        main(["capacity", "--records-per-second", "1", *arguments])
    assert arguments[0] in capsys.readouterr().err
