"""Rules change while real servers run: in every worker, without a restart or a failed request."""

import signal
import time

import pytest

from tests.launcher.conftest import DEADLINE
from tests.launcher.receiver import attributes
from tests.launcher.test_servers import servers

BADGE = "B-77120"
POLICY = "version: 1\nprofiles: [default]\nkeys:\n  - {name: password, match: [password]}\n"
RULE = "  - {name: badge, match: [badge number]}\n"

APP = f"""
import logging, os
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("shop.doors")

@app.get("/door")
async def door():
    log.info("a door", extra={{"worker": os.getpid(), "badge_number": "{BADGE}"}})
    return {{}}
"""


@pytest.fixture
def policy(laboratory):
    """A policy file in the laboratory, and the app."""
    laboratory.module("app", APP)
    file = laboratory.folder / "policy.yaml"
    file.write_text(POLICY)
    return file


def badges(collector):
    """By worker, the last badge number that it sent, and all that were sent."""
    found = [log["attributes"] for log in collector.logs() if log["body"] == "a door"]
    return {one["worker"]: one["badge_number"] for one in found}, {
        one["badge_number"] for one in found
    }


def ask_until(laboratory, collector, port, holds):
    """Ask again and again; every answer must be right."""
    end = time.monotonic() + DEADLINE
    while not holds(badges(collector)[0]):
        assert time.monotonic() < end, (badges(collector), laboratory.processes[-1].text)
        assert laboratory.get(port, "/door")[0] == 200
        time.sleep(0.01)


def reloads(collector, result):
    """The highest count of reloads with a result, and the service's latest versions in force."""
    counts, versions = [0], {}
    for metric in collector.metrics():
        if metric.name == "otlog.redaction.policy.reloads":
            counts += [
                p.as_int for p in metric.sum.data_points if attributes(p)["result"] == result
            ]
        if metric.name == "otlog.redaction.policy.info":
            versions = {attributes(p)["version"]: p.as_int for p in metric.gauge.data_points}
    return max(counts), versions


@pytest.mark.parametrize("server", ["uvicorn-workers", "gunicorn", "gunicorn-preload"])
def test_a_rule_reaches_every_worker(laboratory, collector, policy, port, server):
    """Before it the badge is seen, after it no worker sends it; a broken file changes nothing."""
    process = laboratory.start(
        "opentelemetry-instrument", *servers(port)[server], OTLOG_POLICY="policy.yaml"
    )
    ask_until(laboratory, collector, port, lambda last: len(last) >= 2)

    assert badges(collector)[1] == {BADGE}

    policy.write_text(POLICY + RULE)
    ask_until(laboratory, collector, port, lambda last: set(last.values()) == {"***MASKED***"})
    policy.write_text(POLICY + RULE + "  - {name: bad")
    collector.wait_for(lambda: reloads(collector, "refused")[0])
    ask_until(laboratory, collector, port, lambda last: set(last.values()) == {"***MASKED***"})

    assert badges(collector)[1] == {BADGE, "***MASKED***"}
    assert "policy.yaml:6:" in process.text
    assert "stays in force" in process.text


def test_a_hang_up_asks_for_the_rules(laboratory, collector, policy, port):
    """A service without a terminal reads the file and lives; its version is a metric."""
    process = laboratory.start(
        *("setsid", "opentelemetry-instrument", *servers(port)["uvicorn"]),
        OTLOG_POLICY=str(policy),
    )
    laboratory.get(port, "/door")
    process.signal(signal.SIGHUP)
    collector.wait_for(lambda: reloads(collector, "unchanged")[0])
    version = next(iter(reloads(collector, "")[1]))
    policy.write_text(POLICY + RULE)
    process.signal(signal.SIGHUP)
    collector.wait_for(lambda: reloads(collector, "")[1].get(version) == 0)

    assert laboratory.get(port, "/door")[0] == 200
    assert list(reloads(collector, "")[1].values()).count(1) == 1


def test_a_handler_of_the_application_stays(laboratory, policy):
    """What the program does at SIGHUP is its own business."""
    program = """
import os, signal
signal.signal(signal.SIGHUP, lambda *_: print("mine"))
import otel_logging
otel_logging.configure(service_name="laboratory")
os.kill(os.getpid(), signal.SIGHUP)
"""
    process = laboratory.program(program, launcher=False, OTLOG_POLICY=str(policy))

    assert process.wait() == 0, process.text
    assert "mine" in process.text
