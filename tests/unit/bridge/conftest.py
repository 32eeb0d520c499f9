"""A real bridge with a sink that keeps what it was given."""

from __future__ import annotations

import logging
import time
from collections import Counter

import pytest

from otel_logging.bridge.counts import Counts
from otel_logging.bridge.handler import BridgeHandler
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.worker import Worker, rank_of
from otel_logging.redaction import ActiveEngine, Engine, load_policy


class ListSink:
    """Keeps records."""

    exports = False

    def __init__(self):
        self.records = []

    def write(self, records):
        self.records.extend(records)

    def flush(self, deadline):
        return True

    def close(self, deadline):
        return True

    def after_fork(self):
        pass


class Bridge:
    """A logger whose records come out redacted at `records()`."""

    def __init__(self, engine, **options):
        self.sink = ListSink()
        self.counts = Counts()
        self.evicted = Counter()
        self.queue = BoundedQueue(100_000, 1 << 30, rank_of, self.evicted.update)
        self.worker = Worker(
            self.queue, ActiveEngine(engine), [self.sink], self.counts, frozenset({"user.id"})
        )
        self.handler = BridgeHandler(self.queue, self.worker, **options)
        self.logger = logging.Logger("shop.orders", 1)
        self.logger.addHandler(self.handler)

    def records(self):
        """Every record written so far."""
        assert self.worker.flush(time.monotonic() + 60)
        return list(self.sink.records)

    def record(self):
        """The only record written so far."""
        (record,) = self.records()
        return record

    def attributes(self):
        """The attributes of the only record, without its ID."""
        attributes = dict(self.record().attributes)
        del attributes["log.record.uid"]
        return attributes


@pytest.fixture(scope="session")
def engine():
    """The engine with the policy in the package."""
    return Engine(load_policy())


@pytest.fixture
def make_bridge(engine):
    """Make bridges; all are closed afterwards."""
    bridges = []

    def make(**options):
        bridges.append(Bridge(engine, **options))
        return bridges[-1]

    yield make
    for bridge in bridges:
        bridge.worker.close(time.monotonic() + 20)


@pytest.fixture
def bridge(make_bridge):
    """A bridge with default options."""
    return make_bridge()
