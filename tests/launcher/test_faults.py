"""Faults that OpenTelemetry's own pipeline has, on the wire: ours survives them."""

import pytest

from tests.launcher.grpc_receiver import grpc_receiver
from tests.launcher.receiver import receiver

POISON = r"""
import logging
from opentelemetry import trace
log, tracer = logging.getLogger("shop"), trace.get_tracer("shop")
own = []
own.append(own)
class Raising:
    def __str__(self):
        raise RuntimeError("str")
for number in range(40):
    with tracer.start_as_current_span(f"good {number}"):
        log.info("good %s", number)
    if number % 10 == 5:
        with tracer.start_as_current_span("bad \udcff") as span:
            span.set_attribute("\udcff", "\udcff")
            span.add_event("\udcff", {"a": ["\udcff"]})
            log.info("bad \udcff", extra={"\udcff": {"\udcff": "\udcff"}, "huge": 2**70})
            log.info("bad", extra={"cycle": own, "raising": Raising()})
            log.info("bad %d %s", Raising())
            log.info(Raising())
"""


@pytest.mark.parametrize(
    ("protocol", "mode", "receive"),
    [
        ("http/protobuf", "direct", receiver),
        ("grpc", "direct", grpc_receiver),
        ("http/protobuf", "compat", receiver),
    ],
    ids=["http", "grpc", "compat"],
)
def test_one_bad_record_takes_no_others_along(laboratory, protocol, mode, receive):
    """A lone surrogate loses OpenTelemetry's whole batch, of records and of spans."""
    with receive() as collector:
        process = laboratory.program(
            POISON,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
            OTLOG_BRIDGE=mode,
            OTLOG_CONSOLE="off",
        )
        assert process.wait() == 0, process.text
        good = sorted(f"good {number}" for number in range(40))
        bodies = [str(log["body"]) for log in collector.logs() if log["scope"] == "shop"]
        names = [span.name for span in collector.spans()]

    assert good == sorted(body for body in bodies if body.startswith("good"))
    assert len(bodies) == 40 + 4 * 4
    assert good == sorted(name for name in names if name.startswith("good"))
    assert len(names) == 40 + 4
    assert "Traceback" not in process.text


def test_configuring_logging_under_load_neither_hangs_nor_loses(laboratory, collector):
    """`dictConfig` flushes every handler under a lock; then comes a handler that logs itself."""
    process = laboratory.program(
        """
import logging, logging.config, threading, time
log, done = logging.getLogger("shop"), threading.Event()
class Chatty(logging.Handler):
    def emit(self, record):
        if record.name != "chatty":
            logging.getLogger("chatty").info("about %s", record.getMessage())
written = [0] * 4
def write(index):
    while not done.is_set():
        log.info("t%d %d", index, written[index])
        written[index] += 1
        time.sleep(0.001)
threads = [threading.Thread(target=write, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
while min(written) < 200:
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"file": {"class": "logging.FileHandler", "filename": "own.log"}},
        "root": {"level": "INFO", "handlers": ["file"]},
    })
logging.getLogger().addHandler(Chatty())
time.sleep(0.1)
done.set()
for thread in threads:
    thread.join()
print("WRITTEN", *written, flush=True)
""",
        OTLOG_CONSOLE="off",
        OTLOG_QUEUE_SIZE="1000000",
    )

    assert process.wait() == 0, process.text
    counts = next(line for line in process.text.splitlines() if line.startswith("WRITTEN"))
    arrived = [log["body"] for log in collector.logs() if log["scope"] == "shop"]
    expected = [
        f"t{i} {n}" for i, count in enumerate(counts.split()[1:]) for n in range(int(count))
    ]
    assert sorted(expected) == sorted(arrived)
    assert any(log["scope"] == "chatty" for log in collector.logs())
