"""Levels of real services change while they run: every worker, for a while, and for one request."""

import json
import logging
import subprocess
import time
from pathlib import Path

from tests.launcher.conftest import BIN, DEADLINE

KEY = "k" * 32

APP = """
import logging, os
from fastapi import FastAPI

app = FastAPI()
log = logging.getLogger("shop.orders")

@app.get("/level")
async def level():
    log.debug("details")
    return {"pid": os.getpid(), "level": log.getEffectiveLevel()}
"""


def command(*words, **environ):
    """Run `otel-logging levels`."""
    done = subprocess.run(
        [BIN / "otel-logging", "levels", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(BIN), "LOGNAME": "mia", **environ},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def workers_at(laboratory, port, level, workers):
    """Ask until every worker that answers has the level, and all have answered."""
    end = time.monotonic() + DEADLINE
    levels = {}
    while len(levels) < workers or set(levels.values()) != {level}:
        assert time.monotonic() < end, levels
        answer = curl(port)
        levels[answer["pid"]] = answer["level"]


def curl(port, *headers):
    """Ask on a connection of its own, so that any worker may answer."""
    options = [word for header in headers for word in ("-H", header)]
    done = subprocess.run(
        ["curl", "-s", *options, f"http://127.0.0.1:{port}/level"],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_change_reaches_every_worker_and_reverts(laboratory, collector, port):
    """Set by command for a few seconds; each worker tells of both, with who and why."""
    laboratory.module("app", APP)
    file = laboratory.folder / "levels.yaml"
    laboratory.start(
        "opentelemetry-instrument",
        *("uvicorn", "app:app", "--port", str(port), "--workers", "2"),
        *("--timeout-worker-healthcheck", "60"),
        OTLOG_LEVELS_FILE=str(file),
    )
    laboratory.get(port, "/level")
    workers_at(laboratory, port, logging.INFO, 2)

    where = ("--file", str(file), "--service", "laboratory", "--logger", "shop.orders")
    command("set", "DEBUG", *where, "--for", "15s", "--why", "a try")
    workers_at(laboratory, port, logging.DEBUG, 2)
    workers_at(laboratory, port, logging.INFO, 2)

    def told():
        return [log for log in collector.logs() if log["event_name"] == "otlog.levels.changed"]

    def set_and_reverted():
        attributes = [log["attributes"] for log in told()]
        set_ = [one for one in attributes if one["otlog.levels.after"] == "DEBUG"]
        return set_, [one for one in attributes if one not in set_]

    # The supervisor, a process of the service too, may tell of either before the workers do.
    collector.wait_for(lambda: all(len(some) >= 2 for some in set_and_reverted()))
    set_, reverted = set_and_reverted()
    assert {(one["user.name"], one["otlog.levels.reason"]) for one in set_} == {("mia", "a try")}
    assert {one["otlog.levels.reason"] for one in reverted} == {"its time to live is over"}
    assert [log for log in collector.logs() if log["body"] == "details"]


def test_a_signed_header_shows_the_details_of_one_request(laboratory, collector, port):
    """The header that the command makes is believed, and only its request is told in detail."""
    laboratory.module("app", APP)
    laboratory.start(
        "opentelemetry-instrument",
        *("uvicorn", "app:app", "--port", str(port)),
        OTLOG_DEBUG_KEY=KEY,
    )
    laboratory.get(port, "/level")

    curl(port, command("header", "--why", "a try", OTLOG_DEBUG_KEY=KEY).strip())

    details = collector.wait_for_log("details")
    told = collector.wait_for_log("this request is logged at DEBUG")
    assert details["trace_id"] == told["trace_id"]
    assert told["attributes"]["user.name"] == "mia"
    assert [log["body"] for log in collector.logs()].count("details") == 1


def test_a_broken_file_is_refused_at_start(laboratory):
    """The program does not start; the message names variable, line and reason."""
    file = Path(laboratory.folder / "levels.yaml")
    file.write_text("levels:\n  - level: LOUD\n")
    process = laboratory.program("print('never')", OTLOG_LEVELS_FILE=str(file))

    assert process.wait() == 78
    assert "OTLOG_LEVELS_FILE=" in process.text
    assert "line 2: expected one of TRACE" in process.text
    assert "never" not in process.text
