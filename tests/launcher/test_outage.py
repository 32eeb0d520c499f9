"""The receiver is away for longer than OpenTelemetry's exporters wait."""

import signal
import time

PROGRAM = """
import logging, os, signal, time
from opentelemetry import trace
log, tracer = logging.getLogger("shop"), trace.get_tracer("shop")
for number in range(300):
    with tracer.start_as_current_span(f"work {number}"):
        log.info("work %s", number)
    time.sleep(0.005)
print("WRITTEN", flush=True)
time.sleep(600)
"""


def test_logs_and_spans_survive_an_outage_of_twenty_seconds(laboratory, collector):
    """OpenTelemetry's own exporter gives a batch of spans up after ten."""
    back = time.monotonic() + 20
    collector.answer = lambda path, request: (
        (503, {}, b"") if time.monotonic() < back else (200, {}, b"")
    )
    process = laboratory.program(PROGRAM, OTLOG_CONSOLE="off")
    collector.wait_for(lambda: "WRITTEN" in process.text or time.monotonic() > back, "the program")

    expected = {f"work {number}" for number in range(300)}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        spans = {span.name for span in collector.spans()}
        logs = {log["body"] for log in collector.logs()}
        if expected <= spans and expected <= logs:
            break
        time.sleep(0.2)
    process.signal(signal.SIGTERM)
    process.wait()

    assert time.monotonic() > back
    assert expected <= spans
    assert expected <= logs
