"""What a request starts belongs to it; what a pool keeps belongs to nobody."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from otel_logging import bound
from otel_logging.context import context_attributes
from otel_logging.integrations import threads


@pytest.fixture(autouse=True)
def instrumented():
    """Threads that inherit."""
    threads.instrument()
    threads.instrument()
    yield
    threads.uninstrument()


def test_a_thread_begins_in_the_context_of_its_starter():
    """Subclasses that define `run` too."""
    seen = []

    class Own(threading.Thread):
        def run(self):
            seen.append(context_attributes())

    with bound(order=7):
        started = [Own(), threading.Thread(target=lambda: seen.append(context_attributes()))]
        for thread in started:
            thread.start()
    for thread in started:
        thread.join()

    assert seen == [{"order": 7}] * 2


def test_work_in_a_pool_brings_its_own_context():
    """A worker thread started by one request serves the next."""
    with ThreadPoolExecutor(1) as pool:
        with bound(order=1):
            first = pool.submit(context_attributes)
        with bound(order=2):
            second = pool.submit(context_attributes)
        third = pool.submit(context_attributes)

    assert [
        first.result(),
        second.result(),
        third.result(),
    ] == [{"order": 1}, {"order": 2}, {}]


async def test_run_in_executor_inherits():
    """asyncio does this for `to_thread` only."""
    with bound(order=1):
        result = asyncio.get_running_loop().run_in_executor(None, context_attributes)
    assert await result == {"order": 1}


def test_uninstrument_takes_it_back():
    """Python's own behaviour returns."""
    threads.uninstrument()
    seen = []
    with bound(order=7):
        thread = threading.Thread(target=lambda: seen.append(context_attributes()))
        thread.start()
    thread.join()
    assert seen == [{}]
