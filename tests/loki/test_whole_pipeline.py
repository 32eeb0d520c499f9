"""The doctor on Loki, Tempo and Prometheus: it passes, and names what is broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from otel_logging.doctor.case import Pipeline
from otel_logging.doctor.examination import STEPS, examine
from otel_logging.doctor.outcome import Outcome
from stack.collector import Collector
from stack.ports import HOST, free_port
from tests.doctor.sabotages import COSTLY, WITHOUT_CANARY
from tests.doctor.site import page
from tests.loki.questions import PROVISIONED
from tests.loki.running import RealRun

pytestmark = pytest.mark.loki

DROPPED = """\
processors: {resource/mine: {attributes: [{key: service.name, action: delete}]}}
service: {pipelines: {logs/loki: {processors: [resource/mine]}}}
"""


def pipeline(run: RealRun, collector: Collector | None = None, **more: Any) -> Pipeline:
    """The run's pipeline as it is, or with something in it that is not so."""
    through = collector or run.stack.collector
    assert through is not None
    ours = dict.fromkeys(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"), "otel_logging")
    told = {
        "collector": page(through),
        "prometheus": run.stack.prometheus.url,
        "datasources": PROVISIONED,
        "timeout": 60.0,
        "backend": run.stack.backend,
        **more,
    }
    environ = {**os.environ, **ours, "OTEL_EXPORTER_OTLP_ENDPOINT": through.http}
    return Pipeline(environ, **told)


def broken_links(run: RealRun, folder: Path) -> AbstractContextManager[Pipeline]:
    """Grafana's sources with three mistakes in them."""
    file = folder / "datasources.yaml"
    text = PROVISIONED.read_text()
    for right, wrong in (
        ("^trace_id$$", "^traceId$$"),
        ("| trace_id =", "| traceId ="),
        ("name: trace_id\n      data", "name: traceID\n      data"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    file.write_text(text)
    return nullcontext(pipeline(run, datasources=file, timeout=20.0))


def prometheus_down(run: RealRun, _folder: Path) -> AbstractContextManager[Pipeline]:
    """No Prometheus where it is said to be."""
    return nullcontext(pipeline(run, prometheus=f"http://{HOST}:{free_port()}"))


def tempo_down(run: RealRun, _folder: Path) -> AbstractContextManager[Pipeline]:
    """No Tempo where it is said to be."""
    backend = f"loki+tempo:{run.stack.loki.http},http://{HOST}:{free_port()}"
    return nullcontext(pipeline(run, backend=backend))


class Unlabelled(AbstractContextManager[Pipeline]):
    """A Collector whose records reach Loki without their service."""

    def __init__(self, run: RealRun, folder: Path) -> None:
        assert run.stack.collector is not None
        self._run = run
        overlay = folder / "dropped.yaml"
        overlay.write_text(DROPPED)
        self._collector = Collector(
            folder / "unlabelled", ("loki-tempo",), run.stack.collector.variables
        )
        self._collector.files.append(overlay)

    def __enter__(self) -> Pipeline:
        self._collector.start()
        return pipeline(self._run, self._collector, timeout=20.0)

    def __exit__(self, *_: object) -> None:
        self._collector.stop()


Broken = Callable[[RealRun, Path], AbstractContextManager[Pipeline]]
SABOTAGES: dict[Broken, tuple[dict[str, str], frozenset[str]]] = {
    broken_links: (
        {
            "log-to-trace": "no derived field",
            "trace-to-log": "does not lead to its lines",
            "metric": "no exemplar",
        },
        COSTLY,
    ),
    Unlabelled: ({"log": "not of service", "metric": "nobody has it"}, COSTLY | {"rules"}),
    prometheus_down: ({"rules": "Prometheus at"}, WITHOUT_CANARY),
    tempo_down: ({"backend": "no Tempo answers"}, WITHOUT_CANARY),
}


@pytest.fixture(scope="module")
def found(
    run: RealRun, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Future[list[Outcome]]]:
    """What the doctor says of each, together: most of the time is waiting."""

    def outcomes(broken: Broken, skipping: frozenset[str]) -> list[Outcome]:
        with broken(run, tmp_path_factory.mktemp(broken.__name__)) as told:
            return [*examine(told, skipping)]

    with ThreadPoolExecutor(2) as pool:
        return {
            broken.__name__: pool.submit(outcomes, broken, skipping)
            for broken, (_, skipping) in SABOTAGES.items()
        }


def test_the_whole_pipeline_passes(run: RealRun) -> None:
    """Every step but the scratch store's, which the doctor's own tests have, by Grafana's file."""
    outcomes = [*examine(pipeline(run), {"search"})]

    assert [one for one in outcomes if one.state == "failed"] == []
    assert sum(one.state == "passed" for one in outcomes) == len(STEPS) - 1
    assert any("by the provisioned query" in one.detail for one in outcomes)


@pytest.mark.parametrize("broken", SABOTAGES, ids=lambda one: one.__name__)
def test_what_is_broken_is_named(
    found: Mapping[str, Future[list[Outcome]]], broken: Broken
) -> None:
    """The steps that fail are those that are broken, each with why and what to do."""
    failed = [one for one in found[broken.__name__].result() if one.state == "failed"]
    wanted, _ = SABOTAGES[broken]

    assert [one.step for one in failed] == [*wanted]
    for one in failed:
        assert wanted[one.step] in one.detail
        assert one.advice
