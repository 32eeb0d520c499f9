"""Time in proportion to the text: what takes its square is found by its growth."""

import gc
import time

import pytest

from bench.growth import KINDS
from bench.records import Sample
from otel_logging.redaction import Engine, load_policy

SMALL, TIMES = 2048, 16
QUADRATIC = TIMES
MOST = 4.0
"""Linear is 1; between the two is room for whatever else the machine does."""


@pytest.fixture(scope="module")
def engine():
    return Engine(load_policy())


def spent(engine, texts):
    """The least CPU time of this thread in two turns; the first warms up."""
    times = []
    for _ in range(2):
        samples = [Sample(text, {}, None) for text in texts]
        gc.collect()
        before = time.thread_time()
        for sample in samples:
            engine.records([sample])
        times.append(time.thread_time() - before)
    return min(times)


@pytest.mark.parametrize("kind", KINDS)
def test_long_texts_cost_no_more_than_many_short_ones(engine, kind):
    """R2.5: one text against sixteen of a sixteenth; sixteen times the time is quadratic."""
    make = KINDS[kind]
    short = [make(SMALL, seed) for seed in range(TIMES)]
    growth = spent(engine, [make(SMALL * TIMES, 0)]) / spent(engine, short)

    assert growth < MOST < QUADRATIC
