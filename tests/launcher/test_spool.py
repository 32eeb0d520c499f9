"""With `OTLOG_SPOOL`, what was written while the receiver was away arrives, whatever happens."""

import signal
import socket
import time

import pytest

from bench.soak import resident
from tests.launcher.grpc_receiver import grpc_receiver
from tests.launcher.receiver import receiver

DEADLINE = 90.0
PROGRAM = """
import logging, os, sys, time
from opentelemetry import trace
log, tracer = logging.getLogger("shop"), trace.get_tracer("shop")
name, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    with tracer.start_as_current_span(f"{name} {number}"):
        log.info("%s %s to bob@example.com", name, number)
    time.sleep(0.002)
print("WRITTEN", flush=True)
if "stay" in sys.argv:
    time.sleep(600)
"""


@pytest.fixture
def address():
    """Where nobody listens yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(laboratory, address):
    """Start a program with the spool on, which sends to the address."""
    path = laboratory.folder / "program.py"
    path.write_text(PROGRAM)

    def begin(*arguments, protocol="http/protobuf"):
        # Each process has its own file of output.
        laboratory.folder = laboratory.folder / "again"
        laboratory.folder.mkdir()
        return laboratory.start(
            "opentelemetry-instrument",
            "python",
            path,
            *arguments,
            OTLOG_SPOOL=str(path.parent / "spool"),
            OTLOG_CONSOLE="off",
            OTLOG_SHUTDOWN_TIMEOUT="5",
            OTEL_EXPORTER_OTLP_TIMEOUT="1",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{address}",
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        )

    begin.spool = path.parent / "spool"
    return begin


def wait_for(condition, process):
    """Poll until a condition holds."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, process.text
        time.sleep(0.05)


def kept(spool, kind):
    """How many span names or bodies stand in the files; a name is redacted text in both."""
    return sum(path.read_bytes().count(kind) for path in spool.glob("*.otlp"))


def assert_all_arrive(collector, process, name, count):
    """Each record and span is there; a repeat has the ID of the first."""

    def logs():
        return {
            (log["body"], log["attributes"]["log.record.uid"])
            for log in collector.logs()
            if log["scope"] == "shop" and log["body"].startswith(f"{name} ")
        }

    def spans():
        return {(span.name, span.span_id) for span in collector.spans() if name in span.name}

    wait_for(lambda: len(logs()) >= count and len(spans()) >= count, process)
    assert sorted(f"{name} {n} to ***MASKED***" for n in range(count)) == sorted(
        body for body, _ in logs()
    )
    assert sorted(f"{name} {n}" for n in range(count)) == sorted(each for each, _ in spans())


def test_killed_while_the_receiver_is_away(start, address):
    """SIGKILL leaves no time for anything: the next process sends what the first had kept."""
    first = start("killed", "300", "stay")
    wait_for(lambda: kept(start.spool, b"to ***MASKED***") == 300, first)
    wait_for(lambda: kept(start.spool, b"killed ") == 600, first)
    first.signal(signal.SIGKILL)
    first.wait()
    for path in start.spool.iterdir():
        assert b"bob@example" not in path.read_bytes()
    with receiver(address) as collector:
        second = start("next", "5", "stay")
        assert_all_arrive(collector, second, "killed", 300)
        assert_all_arrive(collector, second, "next", 5)
        wait_for(lambda: not list(start.spool.glob("*.otlp")), second)


def test_ended_while_the_receiver_is_away(start, address):
    """What is left at the end is kept, and the end is not late."""
    first = start("ended", "300")
    assert first.wait() == 0, first.text
    with receiver(address) as collector:
        second = start("next", "5", "stay")
        assert_all_arrive(collector, second, "ended", 300)


@pytest.mark.parametrize(
    ("protocol", "receive"), [("http/protobuf", receiver), ("grpc", grpc_receiver)]
)
def test_the_receiver_comes_back(start, address, protocol, receive):
    """More spans than their queue holds meanwhile; all arrive, in a memory that is bounded."""
    process = start("back", "3000", "stay", protocol=protocol)
    wait_for(lambda: kept(start.spool, b"back ") == 6_000, process)
    assert resident(process.popen.pid) < 512 * 1024 * 1024
    with receive(address) as collector:
        assert_all_arrive(collector, process, "back", 3000)
        wait_for(lambda: not list(start.spool.glob("*.otlp")), process)
    process.signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM


def test_processes_share_a_folder(start, address):
    """Three write into it at once, two are killed, the third and a new one send."""
    workers = [start(f"worker{index}", "200", "stay") for index in range(3)]
    wait_for(lambda: kept(start.spool, b"to ***MASKED***") == 600, workers[0])
    wait_for(lambda: kept(start.spool, b"worker") == 1200, workers[0])
    for worker in workers[:2]:
        worker.signal(signal.SIGKILL)
        worker.wait()
    with receiver(address) as collector:
        fresh = start("next", "5", "stay")
        for index in range(3):
            assert_all_arrive(collector, fresh, f"worker{index}", 200)
