"""Each broken pipeline fails at the right step, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from otel_logging.doctor.examination import examine
from otel_logging.doctor.outcome import Outcome
from tests.doctor.sabotages import SABOTAGES, Sabotage
from tests.doctor.site import Site

pytestmark = pytest.mark.collector

AT_ONCE = 3


def outcomes(site: Site, sabotage: Sabotage) -> list[Outcome]:
    """What the doctor says of a broken pipeline."""
    with sabotage.broken(site) as pipeline:
        return [*examine(pipeline, sabotage.skipping)]


@pytest.fixture(scope="module")
def found(site: Site) -> Mapping[str, Future[list[Outcome]]]:
    """What the doctor says of each; together, since most of the time is waiting."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {one.name: pool.submit(outcomes, site, one) for one in SABOTAGES}


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_the_step_that_is_broken_is_named(
    found: Mapping[str, Future[list[Outcome]]], sabotage: Sabotage
) -> None:
    """It fails, with what follows from it and nothing else, and says why and what to do."""
    failed = [one for one in found[sabotage.name].result() if one.state == "failed"]

    assert [one.step for one in failed] == [*sabotage.fails]
    for one in failed:
        assert sabotage.fails[one.step] in one.detail
        assert one.advice
