"""A rule is added while three services are under load: in force everywhere, no record torn."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.reload import MARK, Site, run
from bench.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.collector, pytest.mark.rabbitmq]

PROBES = re.compile(r"a=(.+)&b=([^ \"]+)")
CLEAR = "probe-abcdefgh"


def test_a_rule_reaches_every_process_and_the_collector(tmp_path: Path) -> None:
    """No request fails, no record is half old and half new, and `policy status` sees it all."""
    site = Site.at(tmp_path)
    with site.under_load() as load:
        site.add_rule()
        site.apply()
        assert site.stack.collector is not None
        page = f"http://127.0.0.1:{site.stack.collector.self_metrics_port}/metrics"
        asked = ("policy", "status", "--policy", site.policy, "--collector", page, "--json")
        until(lambda: holds(site, *asked), "the same version everywhere")
        status = json.loads(run(*asked, "--backend", site.stack.store.http))
        load.stop()
        bodies = {name: site.bodies(name) for name in site.names}

    assert set(load.statuses) == {200}
    assert {place["where"] for place in status["places"]} == {
        "policy file",
        "collector",
        *site.names,
    }
    assert len({place["version"] for place in status["places"]}) == 1
    for name, texts in bodies.items():
        pairs = {found.groups() for text in texts if (found := PROBES.search(text))}
        assert pairs == {(CLEAR, CLEAR), (MARK, MARK)}, name


def holds(site: Site, *asked: object) -> bool:
    """Whether the command finds one version everywhere."""
    try:
        run(*asked, "--backend", site.stack.store.http)
    except RuntimeError:
        return False
    return True
