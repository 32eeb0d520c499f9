"""What the bench of the services makes of its samples."""

import json

import pytest

from bench.load import wrk
from bench.services import PATHS, Sample, verdict


def sample(rps: float, p99_ms: float) -> Sample:
    """A path that was so fast."""
    return Sample(wrk.Answered(rps, 1.0, p99_ms, 100), 1.0)


def test_the_worse_path_is_what_counts():
    """Ratios are of one round; over the rounds the median, over the paths the worst."""
    rounds = [
        {
            "off": dict.fromkeys(PATHS, sample(100 * slow, 10)),
            "stock": dict.fromkeys(PATHS, sample(50 * slow, 20)),
            "INFO": {PATHS[0]: sample(80 * slow, 12), PATHS[1]: sample(70 * slow, 15)},
        }
        for slow in (1.0, 0.5, 0.1)
    ]

    found = verdict(rounds)

    assert found == {"rps_vs_off": 0.7, "rps_vs_stock": 1.4, "p99_vs_stock": 0.75}


def test_failed_requests_are_no_measurement():
    """A service that refuses quickly would look fast."""
    told = {"requests": 10, "seconds": 2.0, "p50_ms": 1.0, "p99_ms": 2.0, "errors": 0}

    assert wrk.read(json.dumps(told)).rps == 5
    with pytest.raises(wrk.LoadError, match="1 of 10"):
        wrk.read(json.dumps({**told, "errors": 1}))
