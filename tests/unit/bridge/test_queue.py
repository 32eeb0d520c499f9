"""The queue is bounded, drops the least important first, and counts."""

import threading
from collections import Counter

import pytest

from otel_logging.bridge.queue import BoundedQueue


@pytest.fixture
def dropped():
    """What the queue says it dropped."""
    return Counter()


def make(dropped, items=100, size=10_000):
    """A queue of pairs, ranked by the first."""
    return BoundedQueue(items, size, lambda pair: pair[0], dropped.update)


def test_items_come_out_in_order(dropped):
    """First in, first out."""
    queue = make(dropped)
    for number in range(10):
        queue.put((20, number), 0)

    assert queue.take(2) == [(20, 0), (20, 1)]
    assert [(20, number) for number in range(2, 10)] == queue.take(100)
    assert queue.take(1) == []


def test_the_lowest_rank_goes_first_and_the_oldest_of_it(dropped):
    """Errors stay while there is anything less severe to give up; order is kept."""
    queue = make(dropped)
    for number in range(101):
        queue.put((40 if number % 2 else 10, number), 0)
    kept = queue.take(1000)

    assert dropped == {10: 11}
    assert [number for number in range(1, 101) if number % 2 or number >= 22] == [
        number for _, number in kept
    ]


def test_a_flood_of_unimportant_items_does_not_push_out_important_ones(dropped):
    """A hundred thousand debug lines, ten audit events."""
    queue = make(dropped)
    for number in range(10):
        queue.put((10_020, number), 0)
    for number in range(100_000):
        queue.put((10, number), 0)
    kept = queue.take(1000)

    assert sum(rank == 10_020 for rank, _ in kept) == 10
    assert len(kept) + dropped.total() == 100_010
    assert {10} == set(dropped)


def test_important_items_are_dropped_only_for_more_important_ones(dropped):
    """Even the most important are bounded."""
    queue = make(dropped)
    for number in range(1000):
        queue.put((10_020, number), 0)

    assert len(queue) <= 100
    assert len(queue) + dropped.total() == 1000


def test_bytes_are_bounded_too(dropped):
    """Few heavy items are as bad as many light ones."""
    queue = make(dropped)
    for number in range(100):
        queue.put((20, number), 1_000)

    assert len(queue) <= 10
    assert len(queue) + dropped.total() == 100
    queue.take(100)
    queue.put((20, 0), 9_999)
    assert len(queue) == 1


def test_nothing_is_lost_between_many_callers_and_one_worker(dropped):
    """What came out and what was dropped is what went in."""
    queue = make(dropped, items=500, size=50_000)
    count, taken, done = 20_000, [], threading.Event()

    def put(rank):
        for number in range(count):
            queue.put((rank, number), 300 if number % 50 == 0 else 0)

    def take():
        while not done.is_set() or len(queue):
            taken.extend(queue.take(64))

    worker = threading.Thread(target=take)
    worker.start()
    callers = [threading.Thread(target=put, args=(rank,)) for rank in (10, 20, 30, 40)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    done.set()
    worker.join()

    assert 4 * count == len(taken) + dropped.total()
    assert len(taken) == len(set(taken))
    assert queue._bytes == 0


def test_after_a_fork_the_queue_is_empty(dropped):
    """What was queued is the parent's."""
    queue = make(dropped)
    queue.put((20, 1), 5_000)
    queue.after_fork()

    assert (len(queue), queue._bytes) == (0, 0)
