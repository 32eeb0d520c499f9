"""One whole pipeline, shared by all that is broken beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.collector import Collector
from stack.store import Store
from tests.doctor.site import FAST, Site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A store, and a Collector that feeds it."""
    folder = tmp_path_factory.mktemp("doctor")
    with Store(folder / "store") as store:
        variables = {"OTLOG_STORE_ENDPOINT": store.http, **FAST}
        with Collector(folder / "collector", ("store",), variables) as collector:
            yield Site(store, collector, folder)
