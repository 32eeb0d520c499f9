"""Invariant 1: no path leads from a receiver to an exporter except through redaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.collector import graph
from tests.collector.readme import OVERLAYS, SETS, TRUSTED

BAD = Path(__file__).parent / "overlays"

EXPECTED = {
    "strips-processors": [
        "logs/in: changed by an overlay",
        "traces/in: changed by an overlay",
        "metrics/in: changed by an overlay",
    ],
    "drops-one-processor": ["logs/in: changed by an overlay"],
    "bypasses-redaction": ["otlp -> logs/otlp -> logs/raw -> debug/raw: does not cross logs/in"],
    "exports-from-intake": ["otlp/raw -> traces/raw -> debug/raw: does not cross traces/in"],
    "adds-exporter-to-intake": [
        "otlp -> metrics/otlp -> debug/raw: does not cross metrics/in",
        "otlp -> traces/otlp -> traces/in -> metrics/otlp -> debug/raw: does not cross metrics/in",
    ],
    "counts-raw-attributes": [
        "otlp -> logs/otlp -> logs/count -> metrics/count -> debug/raw: does not cross logs/in",
        "otlp -> logs/otlp -> logs/count -> metrics/count -> debug/raw: does not cross metrics/in",
    ],
    "routes-around": [
        "otlp -> logs/otlp -> logs/fork -> logs/around -> debug/raw: does not cross logs/in"
    ],
    "joins-the-seam": [
        "otlp -> logs/otlp -> logs/skip -> logs/store -> otlp_http/store: does not cross logs/in",
    ],
    "loses-an-extension": ["file_storage: an extension that service.extensions does not start"],
}


def files(*overlays: str) -> list[Path]:
    """Base, redaction and overlays, as the Collector is given them."""
    return [*TRUSTED, *(OVERLAYS / f"{name}.yaml" for name in overlays)]


@pytest.fixture(scope="module")
def trusted() -> graph.Configuration:
    """Base and redaction alone."""
    return graph.load(TRUSTED)


@pytest.mark.parametrize("name", SETS)
def test_no_way_around_redaction(name: str, trusted: graph.Configuration) -> None:
    """A documented set keeps redaction as it is and before every exporter."""
    assert graph.violations(trusted, graph.load(files(*SETS[name]))) == []


@pytest.mark.parametrize("name", SETS)
def test_every_signal_reaches_an_exporter(name: str) -> None:
    """In a documented set each signal has a path, so the test above did not pass on nothing."""
    ways = list(graph.paths(graph.load(files(*SETS[name]))))

    taken = {way.pipelines[-1].signal for way in ways if way.receiver == "otlp"}
    assert taken == set(graph.SIGNALS)


@pytest.mark.parametrize("name", EXPECTED)
def test_bad_overlay_is_found(name: str, trusted: graph.Configuration) -> None:
    """Each way of leading records around redaction is reported, and told by its path."""
    found = graph.violations(trusted, graph.load([*files("store"), BAD / f"{name}.yaml"]))

    assert sorted(set(found)) == sorted(EXPECTED[name])


def test_weakened_processor_is_found(trusted: graph.Configuration, tmp_path: Path) -> None:
    """An overlay that empties the lists of any one redaction processor is reported."""
    names = {
        name
        for signal in graph.SIGNALS
        for name in trusted["service"]["pipelines"][f"{signal}/in"]["processors"]
    }
    assert names

    for name in names:
        overlay = tmp_path / "weakened.yaml"
        overlay.write_text(yaml.safe_dump({"processors": {name: {"extra": []}}}))
        found = graph.violations(trusted, graph.load([*files("store"), overlay]))

        assert any(text.startswith(f"{name}: a processor of ") for text in found)


def test_signal_without_backend_is_found(trusted: graph.Configuration) -> None:
    """A set that takes a signal and sends it nowhere is reported."""
    found = graph.violations(trusted, graph.load([*TRUSTED, BAD / "serves-metrics-only.yaml"]))

    assert found == ["logs: no exporter", "traces: no exporter"]


def test_every_bad_overlay_is_tried() -> None:
    """No fixture lies there unused."""
    assert {path.stem for path in BAD.glob("*.yaml")} == {*EXPECTED, "serves-metrics-only"}


@pytest.mark.parametrize("signal", graph.SIGNALS)
def test_redaction_is_in_every_in_pipeline(signal: str, trusted: graph.Configuration) -> None:
    """Each `<signal>/in` pipeline runs a redaction processor between the two seams."""
    pipeline: dict[str, Any] = trusted["service"]["pipelines"][f"{signal}/in"]

    assert pipeline["receivers"] == ["forward/received"]
    assert "forward/redacted" in pipeline["exporters"]
    assert any(name.partition("/")[0] == "redaction" for name in pipeline["processors"])


def test_merge_is_the_collectors() -> None:
    """Maps merge deeply; lists and scalars of the later file replace."""
    base = {"a": {"b": [1, 2], "c": 1}, "d": 1}
    over = {"a": {"b": [3], "e": 2}, "f": None}

    assert graph.merge(base, over) == {"a": {"b": [3], "c": 1, "e": 2}, "d": 1, "f": None}
