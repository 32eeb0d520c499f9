"""Records as large, as odd and as many as the library lets through, at a real Loki."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from otel_logging.backends import Backend, LogQuery, open_backend
from otel_logging.backends.json_text import json_text
from otel_logging.backends.loki_tempo import backend as loki_tempo_backend
from otel_logging.bridge.values import MAX_TEXT
from stack.collector import Collector
from stack.loki import Loki
from stack.store import Store
from stack.tempo import Tempo
from tests.collector.waiting import until

pytestmark = [pytest.mark.loki, pytest.mark.collector]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Backend, Backend]]:
    """A Collector's intake, and both backends that it feeds."""
    folder: Path = tmp_path_factory.mktemp("limits")
    with (
        Loki(folder / "loki") as loki,
        Tempo(folder / "tempo") as tempo,
        Store(folder / "store") as store,
    ):
        variables = {
            "OTLOG_STORE_ENDPOINT": store.http,
            "OTLOG_LOKI_ENDPOINT": loki.intake,
            "OTLOG_TEMPO_ENDPOINT": tempo.intake,
        }
        with Collector(folder / "collector", ("store", "loki-tempo"), variables) as collector:
            both = open_backend(f"loki+tempo:{loki.http},{tempo.http}")
            yield collector.http, open_backend(store.http), both


def sent(intake: str, records: list[dict[str, Any]]) -> LogQuery:
    """Send records of a service of their own, and give the query that finds them."""
    service = f"service-{uuid.uuid4().hex}"
    request = {
        "resourceLogs": [
            {
                "resource": {"attributes": attributes({"service.name": service})},
                "scopeLogs": [{"scope": {"name": "test"}, "logRecords": records}],
            }
        ]
    }
    httpx.post(f"{intake}/v1/logs", json=request, timeout=60).raise_for_status()
    return LogQuery(service=service, limit=10_000, newest_first=False)


def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    """Attributes in OTLP's JSON form."""
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def record(body: Any = None, **values: str) -> dict[str, Any]:
    """A record of now, with an identity."""
    uid = {"log.record.uid": uuid.uuid4().hex}
    return {
        "timeUnixNano": str(time.time_ns()),
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": "text"} if body is None else body,
        "attributes": attributes({**uid, **values}),
    }


def test_the_largest_record_of_the_library_is_kept(ends: tuple[str, Backend, Backend]) -> None:
    """A record with the longest texts, and one with two thousand attributes, are both found."""
    intake, _, loki_tempo = ends
    text = "한" * MAX_TEXT
    query = sent(
        intake,
        [
            record({"stringValue": text}, **{"exception.stacktrace": text}),
            record(**{f"item.{number}": "value" for number in range(2000)}),
        ],
    )

    until(lambda: len(loki_tempo.search_logs(query)) == 2, "both records")
    long, many = loki_tempo.search_logs(query)
    assert long.body == text
    assert long.attributes["exception.stacktrace"] == text
    assert len(many.attributes) > 2000


def test_more_than_a_page_at_one_time_is_kept(
    ends: tuple[str, Backend, Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that share body and time are told apart, over the pages of an answer."""
    monkeypatch.setattr(loki_tempo_backend, "PAGE", 1000)
    intake, _, loki_tempo = ends
    now = str(time.time_ns())
    earlier = str(time.time_ns() - 10**9)
    records = [record() | {"timeUnixNano": now} for _ in range(900)]
    query = sent(intake, [*records, *(record() | {"timeUnixNano": earlier} for _ in range(900))])

    until(lambda: len(loki_tempo.search_logs(query)) == 1800, "all of them")
    newest_first = msgspec.structs.replace(query, newest_first=True)
    assert len(loki_tempo.search_logs(newest_first)) == 1800


def test_bodies_of_every_form_read_the_same(ends: tuple[str, Backend, Backend]) -> None:
    """Structures, numbers, nothing and text that looks like JSON are shown alike."""
    intake, store, loki_tempo = ends
    nested = {
        "kvlistValue": {
            "values": [
                {"key": "z", "value": {"doubleValue": 2.0}},
                {"key": "a", "value": {"stringValue": "<b> & \u2028 é"}},
                {
                    "key": "n",
                    "value": {
                        "arrayValue": {
                            "values": [
                                {"intValue": "9007199254740993"},
                                {"doubleValue": 1.5e-7},
                                {"doubleValue": 5e-5},
                                {"doubleValue": 1e21},
                                {"boolValue": True},
                            ]
                        }
                    },
                },
            ]
        }
    }
    bodies: list[dict[str, Any]] = [
        nested,
        {"stringValue": '{"b": 1, "a": 2}'},
        {"stringValue": '{"a":2,"b":1}'},
        {"stringValue": "[not json"},
        {"stringValue": ""},
        {"stringValue": " two\nlines\n"},
        {"doubleValue": 1.0},
        {"intValue": "7"},
        {"boolValue": False},
        {},
    ]
    query = sent(intake, [record(body) for body in bodies])

    until(lambda: len(loki_tempo.search_logs(query)) == len(bodies), "all bodies")
    until(lambda: len(store.search_logs(query)) == len(bodies), "all bodies in the store")
    of_store = {one.uid: json_text(one.body) for one in store.search_logs(query)}
    of_loki = {one.uid: json_text(one.body) for one in loki_tempo.search_logs(query)}
    assert of_loki == of_store
    assert loki_tempo.search_logs(query)[0].body == store.search_logs(query)[0].body
