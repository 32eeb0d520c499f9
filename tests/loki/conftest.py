"""One run of the stack with Loki, Tempo and Prometheus, shared by all tests that ask them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.loki.running import RealRun, real_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRun]:
    """The scenario on the stack whose Collector feeds the store, Loki and Tempo."""
    with real_run(tmp_path_factory.mktemp("real")) as one:
        yield one
