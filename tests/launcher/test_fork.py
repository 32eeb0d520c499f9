"""A fork while another thread is inside the matcher must not leave its locks taken in the child."""

import pytest

PROGRAM = """
import os, signal, sys, threading, time
from opentelemetry import trace
from otel_logging.launcher.setup import current
processor = trace.get_tracer_provider()._active_span_processor._span_processors[0]
exporter = processor._batch_processor._exporter
tracer = trace.get_tracer("shop")
def spans(number):
    for index in range(40):
        span = tracer.start_span(f"span {number} {index}")
        for key in range(8):
            span.set_attribute(f"k{key}", f"mail u{number}x{index}{key}@example.com " * 20)
        span.end()
        yield span
exporter._exporter = type("Nowhere", (), {"export": staticmethod(lambda spans: None)})()
done = threading.Event()
def export(index):
    number = 0
    while not done.is_set():
        exporter.export(list(spans(f"{index}.{number}")))
        number += 1
threads = [threading.Thread(target=export, args=(index,), daemon=True) for index in range(2)]
for thread in threads:
    thread.start()
for number in range(50):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        exporter.export(list(spans(f"child{number}")))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        print("HUNG", number, status, flush=True)
        os._exit(1)
print("FINE", flush=True)
os._exit(0)
"""


@pytest.mark.timeout(300)
def test_forks_while_spans_are_redacted(laboratory):
    """A child that hangs is ended by its alarm, and the program says so."""
    process = laboratory.program(PROGRAM, OTLOG_CONSOLE="off")
    process.popen.wait(280)

    assert "FINE" in process.text, process.text[-2000:]
