"""However a process ends or doubles, what was written before arrives."""

import signal
import time

import pytest

PREAMBLE = """
import logging, multiprocessing, os, signal, sys, threading, time
from opentelemetry import trace
log = logging.getLogger("shop")
tracer = trace.get_tracer("shop")
def work(name, count=200):
    for number in range(count):
        with tracer.start_as_current_span(f"{name} {number}"):
            log.info("%s %s", name, number)
"""

# Nothing is sent before the end by itself.
LAZY = {"OTEL_BLRP_SCHEDULE_DELAY": "600000", "OTEL_BSP_SCHEDULE_DELAY": "600000"}


def assert_complete(collector, process, name, count=200):
    """Each record and each span is there once."""
    bodies = [log["body"] for log in collector.logs()]
    spans = [span.name for span in collector.spans()]
    expected = sorted(f"{name} {number}" for number in range(count))

    assert expected == sorted(body for body in bodies if str(body).startswith(f"{name} ")), (
        process.text
    )
    assert expected == sorted(span for span in spans if span.startswith(f"{name} ")), process.text


@pytest.mark.parametrize("launcher", [True, False], ids=["launcher", "configure"])
@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise ValueError('card 4111 1111 1111 1111')", 1),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -signal.SIGTERM),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", -signal.SIGINT),
    ],
    ids=["end", "sys.exit", "exception", "SIGTERM", "SIGINT"],
)
def test_each_way_to_end(laboratory, collector, end, status, launcher):
    """The exit status is what it would have been."""
    start = "" if launcher else "import otel_logging\notel_logging.configure()\n"
    process = laboratory.program(
        f"{start}{PREAMBLE}\nwork('main')\n{end}", launcher=launcher, OTLOG_CONSOLE="off", **LAZY
    )

    assert status == process.wait(), process.text
    assert_complete(collector, process, "main")
    assert "4111 1111" not in process.text


def test_an_unhandled_exception_is_logged_redacted(laboratory, collector):
    """On the console and to the receiver; Python's own traceback would show the secret."""
    process = laboratory.program("raise ValueError('card 4111 1111 1111 1111')")
    process.wait()
    failure = collector.wait_for_log("Unhandled exception")

    assert failure["severity"] == "FATAL"
    assert "ValueError: card ***MASKED***" in failure["attributes"]["exception.stacktrace"]
    assert "card ***MASKED***" in process.text
    assert "4111 1111" not in process.text


def test_an_unhandled_exception_in_a_thread_is_logged(laboratory, collector):
    """With the name of the thread."""
    laboratory.program(
        f"{PREAMBLE}\nthread = threading.Thread(target=lambda: 1 / 0, name='billing')\n"
        "thread.start(); thread.join()"
    ).wait()
    failure = collector.wait_for_log("Unhandled exception in thread billing")

    assert failure["attributes"]["exception.type"] == "ZeroDivisionError"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing(laboratory, collector, method):
    """They end in `os._exit`, which runs no exit handler."""
    process = laboratory.program(
        f"{PREAMBLE}\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    work('parent')\n"
        "    child = context.Process(target=work, args=('child',))\n"
        "    child.start(); child.join()\n"
        "    work('after')\n",
        **LAZY,
    )

    assert process.wait() == 0, process.text
    for name in ("parent", "child", "after"):
        assert_complete(collector, process, name)


def test_a_forked_child_sends_its_own_and_not_its_parents(laboratory, collector):
    """Queue, connection and threads are the child's own."""
    process = laboratory.program(
        f"{PREAMBLE}\n"
        "work('parent')\n"
        "child = os.fork()\n"
        "work('child' if child == 0 else 'after')\n"
        "if child: os.waitpid(child, 0)\n",
        **LAZY,
    )

    assert process.wait() == 0, process.text
    for name in ("parent", "child", "after"):
        assert_complete(collector, process, name)


def test_forks_under_load_neither_hang_nor_lose(laboratory, collector):
    """Threads log with secrets in every line while the main thread forks, again and again."""
    process = laboratory.program(
        f"""{PREAMBLE}
done = threading.Event()
def noise(index):
    while not done.is_set():
        log.info("noise from bob%d@example.com", index)
        time.sleep(0.0005)
threads = [threading.Thread(target=noise, args=(index,)) for index in range(4)]
for thread in threads:
    thread.start()
for number in range(15):
    child = os.fork()
    if child == 0:
        log.info("child %d of bob@example.com", number)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    os.waitpid(child, 0)
done.set()
for thread in threads:
    thread.join()
"""
    )

    assert process.wait() == 0, process.text[-3000:]
    arrived = {str(log["body"]) for log in collector.logs()}
    assert {f"child {number} of ***MASKED***" for number in range(15)} <= arrived


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_exit_is_bounded_while_the_receiver_is_away(laboratory, collector, protocol):
    """A full queue, nobody listening: OpenTelemetry's own pipeline takes half a minute.

    Its flush does not heed the time that it is given either.
    """
    process = laboratory.program(
        f"import otel_logging\n{PREAMBLE}\nwork('main', 5000)\n"
        "print('BEGIN', time.time(), otel_logging.flush(0.5), flush=True)\n"
        "print('END', time.time(), flush=True)",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
        OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        OTLOG_SHUTDOWN_TIMEOUT="1",
        OTLOG_CONSOLE="off",
    )
    process.wait()
    began, flushed = process.text.split("BEGIN ")[1].split()[:2]
    ended = float(process.text.split("END ")[1].split()[0])

    assert flushed == "False"
    assert ended - float(began) < 25
    assert time.time() - ended < 25
    assert "not everything was delivered within 1 s (OTLOG_SHUTDOWN_TIMEOUT)" in process.text
    assert "they are kept and sent again" in process.text


@pytest.mark.parametrize("round_", range(3))
def test_sigterm_under_load_loses_nothing_written_before(laboratory, collector, round_):
    """Four threads write until the signal comes; each says what it had written by then."""
    process = laboratory.program(
        f"""{PREAMBLE}
written = [0] * 4
def write(index):
    while True:
        size = 5000 if written[index] % 9 == 0 else 5
        with tracer.start_as_current_span(f"t{{index}} {{written[index]}}"):
            log.info("t%d %d", index, written[index], extra={{"big": "x" * size}})
        written[index] += 1
        time.sleep(0.001)
for index in range(4):
    threading.Thread(target=write, args=(index,), daemon=True).start()
while min(written) < 300:
    time.sleep(0.01)
os.write(1, ("WRITTEN " + " ".join(map(str, written)) + "\\n").encode())
os.kill(os.getpid(), signal.SIGTERM)
while True:
    log.info("main goes on")
""",
        OTLOG_CONSOLE="off",
        OTLOG_QUEUE_SIZE="1000000",
        OTEL_BSP_MAX_QUEUE_SIZE="1000000",
    )

    assert process.wait() == -signal.SIGTERM, process.text
    line = next(line for line in process.text.splitlines() if line.startswith("WRITTEN"))
    arrived = {log["body"] for log in collector.logs()}
    spans = {span.name for span in collector.spans()}
    for index, count in enumerate(map(int, line.split()[1:])):
        missing = [n for n in range(count) if f"t{index} {n}" not in arrived]
        assert missing == [], process.text
        missing = [n for n in range(count) if f"t{index} {n}" not in spans]
        assert missing == [], process.text


def test_no_thread_is_started_at_the_end(laboratory, collector, tmp_path):
    """Python 3.12 refuses to, from the moment on at which the main thread is done."""
    process = laboratory.program(
        f"""{PREAMBLE}
import atexit
def refuse(thread):
    raise RuntimeError("can't create new thread at interpreter shutdown")
def end():
    threading.Thread.start = refuse
work("main")
atexit.register(end)
""",
        OTLOG_SPOOL=str(tmp_path / "spool"),
        **LAZY,
    )

    assert process.wait() == 0, process.text
    assert "can't create new thread" not in process.text
    assert_complete(collector, process, "main")


def test_records_after_the_shutdown_do_no_harm(laboratory, collector):
    """Exit handlers that run later still log: to the console."""
    process = laboratory.program(
        f"import atexit\natexit.register(lambda: log.info('last words'))\n{PREAMBLE}\nwork('main')"
    )

    assert process.wait() == 0, process.text
    assert "Traceback" not in process.text
    assert "last words" in process.text


def test_asyncio_in_debug_mode(laboratory, collector):
    """Its own records about slow callbacks and lost exceptions arrive with the application's."""
    process = laboratory.program(
        f"""{PREAMBLE}
import asyncio, gc
async def fail():
    raise ValueError("for bob@example.com")
async def main():
    asyncio.get_running_loop().slow_callback_duration = 0.01
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    time.sleep(0.05)
    work("main", 50)
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main(), debug=True)
""",
        OTLOG_CONSOLE="off",
        PYTHONASYNCIODEBUG="1",
    )

    assert process.wait() == 0, process.text
    assert_complete(collector, process, "main", 50)
    told = [str(log["body"]) for log in collector.logs() if log["scope"] == "asyncio"]
    assert any("took 0." in body for body in told), told
    assert any("Task exception was never retrieved" in body for body in told), told
    assert "bob@example.com" not in f"{told}{process.text}"
