"""What the run stored keeps to the registry, and every record has what every record must have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from registry.conformance import Conformance, serving
from registry.model import load
from stack.native import SERVICES
from tests.e2e.conftest import Run
from tests.e2e.elsewhere import BY_TEST, ELSEWHERE
from tests.e2e.reading import until

pytestmark = [pytest.mark.e2e]

Stored = dict[str, Any]

REGISTRY = load()
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def store(run: Run) -> httpx.Client:
    """The store of the run."""
    return httpx.Client(base_url=run.stack.store.http, timeout=60)


def read_records(store: httpx.Client) -> list[Stored]:
    """Every record stored."""
    found: list[Stored] = store.get("/api/logs", params={"limit": "10000"}).json()["records"]
    return found


def read_spans(store: httpx.Client) -> list[Stored]:
    """Every span stored."""
    traces = store.get("/api/traces", params={"limit": "10000"}).json()["traces"]
    whole = (store.get(f"/api/traces/{trace['trace_id']}").json() for trace in traces)
    return [span for trace in whole for span in trace["spans"]]


def read_points(store: httpx.Client) -> list[Stored]:
    """The newest points stored."""
    found: list[Stored] = store.get("/api/metrics", params={"limit": "10000"}).json()["points"]
    return found


@pytest.fixture(scope="module")
def records(store: httpx.Client) -> list[Stored]:
    """Every record stored."""
    return read_records(store)


@pytest.fixture(scope="module")
def spans(store: httpx.Client) -> list[Stored]:
    """Every span stored."""
    return read_spans(store)


@pytest.fixture(scope="module")
def points(store: httpx.Client) -> list[Stored]:
    """The points of every metric, once each service has sent its own."""

    def senders(found: list[Stored]) -> set[str]:
        return {one["service"] for one in found if one["name"] == "otlog.log.records"}

    found = until(lambda: read_points(store), lambda found: senders(found) >= {*SERVICES})
    assert senders(found) >= {*SERVICES}
    return found


def test_every_record_keeps_to_the_registry(records: list[Stored]) -> None:
    """Form, attributes, events, and what belongs to a request or a message."""
    assert {record["service"] for record in records} == {*SERVICES}
    assert _summary(map(Conformance(REGISTRY).record, records)) == {}


def test_every_span_keeps_to_the_registry(spans: list[Stored]) -> None:
    """Ours have the attributes of the registry, those of others the conventions'."""
    assert any(span["scope"].startswith("otel_logging.") for span in spans)
    assert _summary(map(Conformance(REGISTRY).span, spans)) == {}


def test_every_metric_keeps_to_the_registry(points: list[Stored]) -> None:
    """Name, kind, unit and attributes of every point."""
    assert _summary(map(Conformance(REGISTRY).point, points)) == {}


def test_every_record_of_a_request_or_message_says_which(
    records: list[Stored], spans: list[Stored]
) -> None:
    """Where a service has a server or consumer span, all its records of the trace are complete."""
    served = {
        (span["service"], span["trace_id"])
        for span in spans
        if span["kind"] in {"SERVER", "CONSUMER"}
    }
    inside = [record for record in records if (record["service"], record["trace_id"]) in served]

    assert inside
    assert not [one for one in inside if not set(serving(one)) <= one["attributes"].keys()]
    assert not [one for one in inside if one["span_id"] is None]


def test_once_the_user_is_known_every_record_names_them(
    records: list[Stored], spans: list[Stored]
) -> None:
    """From the first record with `user.id` on, in each service that verified or was told it."""
    known = {
        (span["service"], span["trace_id"]) for span in spans if "user.id" in span["attributes"]
    }
    served: defaultdict[tuple[str, str], list[Stored]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one["timestamp"]):
        served[record["service"], record["trace_id"]].append(record)

    assert known
    for key in known:
        names = ["user.id" in record["attributes"] for record in served[key]]
        assert names[-1], (key, served[key][-1])
        assert False not in names[names.index(True) :], (key, names)


def test_every_entry_of_the_registry_is_written_by_somebody(store: httpx.Client) -> None:
    """What nobody writes has no place there; what this run does not bring about, a test does."""
    silent = until(lambda: _silent(store), lambda names: names <= ELSEWHERE)

    assert silent <= ELSEWHERE
    assert ELSEWHERE <= {*REGISTRY.attributes, *REGISTRY.events, *REGISTRY.metrics}
    assert all((TESTS / file).is_file() for file in BY_TEST)


def _silent(store: httpx.Client) -> set[str]:
    """The names in the registry that the store has not."""
    found = read_records(store)
    spans_ = read_spans(store)
    points_ = read_points(store)
    events = [event["attributes"] for span in spans_ for event in span["events"]]
    whole = [*found, *spans_, *points_]
    written = {
        name
        for each in (*(one["attributes"] for one in whole), *(one["resource"] for one in whole))
        for name in each
    } | {name for each in events for name in each}
    return {
        *(name for name in REGISTRY.attributes if not _is_in(name, written)),
        *(REGISTRY.events.keys() - {record["event_name"] for record in found}),
        *(REGISTRY.metrics.keys() - {point["name"] for point in points_}),
    }


def _is_in(name: str, written: set[str]) -> bool:
    """Whether an attribute was written, whole or as the Collector flattens it."""
    return any(one == name or one.startswith(f"{name}.") for one in written)


def _summary(problems: Iterable[list[str]]) -> dict[str, int]:
    """Each problem once, with its number."""
    counted: defaultdict[str, int] = defaultdict(int)
    for each in problems:
        for problem in each:
            counted[problem] += 1
    return dict(counted)
