"""The persistent queue: what the Collector acknowledged arrives, whatever dies in between."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from stack.collector import Collector
from tests.collector import canary, graph
from tests.collector.readme import OVERLAYS, SETS, TRUSTED
from tests.collector.receivers import HttpReceiver
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

RECORDS_PER_REQUEST = 20
SENDERS = 4
STRIPPED = Path(__file__).parent / "overlays" / "strips-processors.yaml"
SOONER = {
    "rebound_needed_threshold_mib": 5,
    "rebound_trigger_threshold_mib": 2,
    "check_interval": "1s",
}


class Sender(threading.Thread):
    """Sends records until the Collector is gone; `acknowledged` has the IDs that it took."""

    def __init__(self, endpoint: str, number: int) -> None:
        super().__init__(daemon=True)
        self._endpoint = endpoint
        self._ids = (f"{number}-{count}" for count in itertools.count())
        self.acknowledged: set[str] = set()

    def run(self) -> None:
        while True:
            ids = list(itertools.islice(self._ids, RECORDS_PER_REQUEST))
            try:
                accepted = (
                    canary.send(self._endpoint, canary.logs(*map(record, ids))).status_code == 200
                )
            except httpx.HTTPError:
                return
            if accepted:
                self.acknowledged |= set(ids)


def record(uid: str) -> LogRecord:
    """A record with an ID of its own."""
    return LogRecord(
        time_unix_nano=time.time_ns(),
        body=canary.value("order placed"),
        attributes=canary.attributes({"log.record.uid": uid}),
    )


def ids(store: HttpReceiver) -> set[str]:
    """The IDs of the records that a backend has."""
    return {
        attribute.value.string_value for item in _records(store) for attribute in item.attributes
    }


def _records(store: HttpReceiver) -> Iterator[LogRecord]:
    for body in list(store.bodies.get("/v1/logs", [])):
        for of_resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            for of_scope in of_resource.scope_logs:
                yield from of_scope.log_records


def test_killed_collector_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """Backend down, kill -9 under load, restart on the same queue, backend back: all arrive."""
    store = HttpReceiver()
    collector = Collector(tmp_path, ("store",), {"OTLOG_STORE_ENDPOINT": store.url})

    collector.start()
    senders = [Sender(collector.http, number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    until(lambda: all(len(sender.acknowledged) >= 500 for sender in senders), "some load")
    collector.kill()
    for sender in senders:
        sender.join(timeout=60)
    acknowledged = set().union(*(sender.acknowledged for sender in senders))

    with collector, store:
        until(lambda: acknowledged <= ids(store), "every acknowledged record at the backend")


def test_backend_may_die_while_records_flow(tmp_path: Path) -> None:
    """A backend that goes away in the middle and comes back has every record at the end."""
    store = HttpReceiver()
    collector = Collector(tmp_path, ("store",), {"OTLOG_STORE_ENDPOINT": store.url})

    with collector:
        for uid, running in (("before", True), ("while", False), ("after", True)):
            if running:
                store.start()
            assert canary.send(collector.http, canary.logs(record(uid))).status_code == 200
            if running:
                until(lambda: uid in ids(store), f"the record sent {uid}")  # noqa: B023
                store.stop()
    collector.stop()

    assert ids(store) == {"before", "while", "after"}


def test_full_queue_says_so_to_the_sender(tmp_path: Path) -> None:
    """A queue that can take no more answers 503, so that the sender keeps its records."""
    variables = {"OTLOG_STORE_ENDPOINT": HttpReceiver().url, "OTLOG_COLLECTOR_QUEUE_ITEMS": "1000"}
    request = canary.logs(*(record(f"{number}") for number in range(100)))
    with Collector(tmp_path, ("store",), variables) as collector:
        assert canary.send(collector.http, request).status_code == 200
        until(lambda: canary.send(collector.http, request).status_code == 503, "a full queue")


def test_disk_is_given_back_after_an_outage(tmp_path: Path) -> None:
    """A queue's file shrinks once its backlog has gone out, and the queue goes on working.

    Redaction is stripped, since masking that much text is slow and not what is looked at.
    """
    store = HttpReceiver()
    sooner = tmp_path / "sooner.yaml"
    sooner.write_text(yaml.safe_dump({"extensions": {"file_storage": {"compaction": SOONER}}}))
    collector = Collector(tmp_path, ("store",), {"OTLOG_STORE_ENDPOINT": store.url})
    collector.files = [*collector.files, sooner, STRIPPED]
    queue = collector.queue_folder / "exporter_otlp_http_store_logs"

    with collector:
        for turn in range(30):
            records = (record(f"{turn}-{number}-{'x' * 3000}") for number in range(100))
            assert canary.send(collector.http, canary.logs(*records)).status_code == 200
        full = queue.stat().st_size
        with store:
            until(lambda: queue.stat().st_size < full / 2, f"less than half of {full} bytes")
            assert canary.send(collector.http, canary.logs(record("late"))).status_code == 200
            until(lambda: len(ids(store)) == 3_001, "every record, and one after the compaction")


@pytest.mark.parametrize("name", SETS)
def test_no_path_loses_what_it_acknowledged(name: str) -> None:
    """No log or trace path batches in memory; OTLP exporters queue on disk and never give up."""
    configuration = graph.load(
        [*TRUSTED, *(OVERLAYS / f"{overlay}.yaml" for overlay in SETS[name])]
    )

    for way in graph.paths(configuration):
        if way.pipelines[-1].signal != "metrics":
            processors = [name for pipeline in way.pipelines for name in pipeline.processors]
            assert not any(name.partition("/")[0] == "batch" for name in processors), way
    for exporter, settings in configuration["exporters"].items():
        if exporter.startswith(("otlp", "loadbalancing")):
            assert settings["sending_queue"]["storage"] == "file_storage"
            assert settings["sending_queue"]["batch"]
            assert settings["retry_on_failure"]["max_elapsed_time"] == "0s"
