"""The performance report: from samples to ratios, to settings, to the document."""

from __future__ import annotations

import os
import shutil
import socket
from xml.etree import ElementTree as ET

import pytest

from bench.performance import plot
from bench.performance.design import (
    BASE,
    CASES,
    CONSOLE,
    GZIP,
    LEVELS,
    SAMPLED,
    SYNCHRONOUS,
    UNREDACTED,
    ZSTD,
    named,
)
from bench.performance.document import rendered
from bench.performance.measure import ACCOUNT, key
from bench.performance.network import Traffic, sockets, traffic
from bench.performance.result import FILE, Result, summarised
from bench.performance.rules import recommendations, saturation, variables
from stack.usage import of_session


def result(**changed: dict[str, float]) -> Result:
    """Data in which telemetry is cheap, but for what is changed: case → figure → median."""
    even = {"rps": 100, "log_records": 10, "gateway:exported_bytes": 1_000, "rps ratio": 1}
    names = [BASE, SYNCHRONOUS, GZIP, ZSTD, UNREDACTED, CONSOLE, SAMPLED]
    names += [named(level, 10) for level in LEVELS]
    ratios = {"p99_ms ratio": 1, "gateway:cpu_ms ratio": 1, "cpu_ms ratio": 1}
    loads = {
        name: {**even, **ratios, **changed.get(name.partition(",")[0].replace(" ", "_"), {})}
        for name in names
    }
    return Result(
        {
            "cases": {
                name: {key(ACCOUNT, 8): {f: {"median": v} for f, v in figures.items()}}
                for name, figures in loads.items()
            }
        }
    )


def production(found: Result, setting: str) -> str:
    """What is recommended for production."""
    return next(one.production for one in recommendations(found) if one.setting == setting)


@pytest.mark.skipif(not FILE.exists(), reason="`make bench-report` has not been run yet")
def test_the_document_is_what_the_data_say():
    """Neither was edited without the other: `make bench-report ARGS=--render` writes it anew."""
    for path, text in rendered(Result.read()).items():
        assert path.read_text() == text, path.name


def test_each_case_is_compared_with_one_that_is_measured():
    """And no two have one name, or the data would have one of them."""
    names = [case.name for case in CASES]

    assert len({*names}) == len(names)
    assert {case.against for case in CASES} <= {*names}


def test_ratios_are_of_one_round():
    """A machine that is ten times slower in one round is so for both."""
    load = key(ACCOUNT, 8)
    rounds = [
        {
            named("off", 1): {load: {"rps": 100 * speed, "gateway:cpu_ms": 1.0}},
            named("INFO", 1): {load: {"rps": 80 * speed, "gateway:cpu_ms": 1.5}},
        }
        for speed in (1, 0.1, 1)
    ]

    found = summarised(rounds)[named("INFO", 1)][load]

    assert found["rps ratio"] == {"median": 0.8, "low": 0.8, "high": 0.8, "n": 3}
    assert found["cpu_ms ratio"]["median"] == 1.5


def test_a_case_that_failed_in_one_round_is_told_of_the_others():
    """A machine that was too busy once does not cost the other rounds."""
    load = key(ACCOUNT, 8)
    rounds = [{BASE: {load: {"rps": 100}}}, {}, {BASE: {load: {"rps": 100}}}]

    found = summarised(rounds)

    assert {name: loads[load]["rps"]["n"] for name, loads in found.items()} == {BASE: 2}


@pytest.mark.parametrize(
    ("info", "warn", "error", "level"),
    [(0.7, 0.8, 0.8, "INFO"), (0.6, 0.75, 0.8, "WARN"), (0.6, 0.65, 0.9, "ERROR")],
)
def test_production_is_only_as_silent_as_is_worth_it(info, warn, error, level):
    """A fifth more requests a second; DEBUG is never the answer, however cheap it is."""
    found = result(INFO={"rps ratio": info}, WARN={"rps ratio": warn}, ERROR={"rps ratio": error})

    assert production(found, "level") == level


@pytest.mark.parametrize(
    ("sent", "cpu", "codec"), [(500, 1.04, "gzip"), (600, 1.0, "none"), (100, 1.2, "none")]
)
def test_compression_has_to_save_much_for_little(sent, cpu, codec):
    """Half of the bytes for at most a twentieth of the CPU time."""
    found = result(gzip={"gateway:exported_bytes": sent, "gateway:cpu_ms ratio": cpu})

    assert production(found, "compression") == codec


def test_the_queue_holds_ten_seconds_at_saturation():
    """And is never smaller than the default."""
    assert production(result(), "queue") == "20000"
    assert production(result(INFO={"rps": 500, "log_records": 12.02}), "queue") == "61000"


def test_dear_consoles_and_spans_are_done_without():
    """What costs more than its limit is turned off."""
    cheap = result(console_json={"gateway:cpu_ms ratio": 1.04})
    dear = result(
        console_json={"gateway:cpu_ms ratio": 1.06}, one_trace_in_ten={"cpu_ms ratio": 0.4}
    )

    assert [production(each, "console") for each in (cheap, dear)] == ["json", "off"]
    assert production(cheap, "sampling") == "parentbased_always_on"
    assert production(dear, "sampling") == "parentbased_traceidratio"
    assert "export OTLOG_CONSOLE=off" in list(variables(dear, "production"))
    assert "export OTEL_TRACES_SAMPLER_ARG=0.1" in list(variables(dear, "production"))


def test_saturation_is_where_more_users_add_nothing():
    """The least number of users with 95 % of the most requests a second."""
    by_users = {1: 50, 8: 190, 32: 200, 64: 180}
    cases = {
        BASE: {key(ACCOUNT, n): {"rps": {"median": float(rps)}} for n, rps in by_users.items()}
    }

    assert saturation(Result({"cases": cases}), BASE) == 8


@pytest.mark.skipif(shutil.which("ss") is None, reason="needs Debian's iproute2")
def test_bytes_are_those_of_connections_that_last():
    """What goes to the Collector's port is told apart."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0] as other:
            before = sockets()
            client.sendall(b"x" * 3_000)
            assert len(other.recv(3_000, socket.MSG_WAITALL)) == 3_000
            found = traffic(os.getsid(0), before, sockets(), collector=port)

    assert found.exported == 3_000
    assert found.received >= 3_000
    assert traffic(-1, before, before, port) == Traffic()


def test_usage_is_that_of_all_processes_of_a_session():
    """A program's children are part of it."""
    found = of_session(os.getsid(0))

    assert found.memory_bytes > 10 * 2**20
    assert found.cpu_seconds > 0


def test_plots_are_well_formed_and_the_same_for_the_same_data():
    """Names may hold any character; the spread is drawn."""
    series = {"a < b": {"1": plot.Value(10, 5, 15), "2": plot.Value(20, 20, 20)}}
    for draw in (plot.lines, plot.bars):
        drawn = draw(plot.Chart("title & more", "users", "ms"), series)

        assert drawn == draw(plot.Chart("title & more", "users", "ms"), series)
        root = ET.fromstring(drawn)
        texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"title & more", "a < b", "1", "2"} <= {*texts}
        assert drawn.count('class="spread"') == 2
