"""What is no secret comes out of the Collector as it went in."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from stack.collector import Collector
from tests.collector.receivers import HttpReceiver
from tests.collector.records import records

pytestmark = [pytest.mark.collector]

DIGITS_ONLY = "45296244-3728-4727-8041-123456789012"


DURATION = 0.4539148803436467


def test_digits_of_identifiers_and_fractions_are_no_card_number(tmp_path: Path) -> None:
    """A UUID or a fraction that reads as a card stays, unless its key is secret."""
    request = {
        "resourceLogs": [
            {
                "scopeLogs": [
                    {
                        "logRecords": [
                            {
                                "timeUnixNano": str(time.time_ns()),
                                "body": {"stringValue": "order accepted"},
                                "attributes": [
                                    {"key": key, "value": {"stringValue": DIGITS_ONLY}}
                                    for key in ("user.id", "password")
                                ]
                                + [{"key": "took", "value": {"doubleValue": DURATION}}],
                            }
                        ]
                    }
                ]
            }
        ]
    }
    with HttpReceiver() as backend:
        variables = {"OTLOG_STORE_ENDPOINT": backend.url}
        with Collector(tmp_path, overlays=("store",), variables=variables) as collector:
            httpx.post(f"{collector.http}/v1/logs", json=request).raise_for_status()
            bodies = _wait_for(backend)

    stored = {
        attribute.key: attribute.value
        for body in bodies
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
        for attribute in record.attributes
    }
    assert stored["user.id"].string_value == DIGITS_ONLY
    assert stored["took"].double_value == DURATION
    assert DIGITS_ONLY not in stored["password"].string_value


def test_a_body_beside_a_list_stays(tmp_path: Path) -> None:
    """A list that comes first may hold pairs of names and values; the body is none of them."""
    roles = {"arrayValue": {"values": [{"stringValue": "user"}]}}
    record = {
        "timeUnixNano": str(time.time_ns()),
        "body": {"stringValue": 'role "user" granted'},
        "attributes": [{"key": "user.roles", "value": roles}],
    }
    request = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    with HttpReceiver() as backend:
        variables = {"OTLOG_STORE_ENDPOINT": backend.url}
        with Collector(tmp_path, overlays=("store",), variables=variables) as collector:
            httpx.post(f"{collector.http}/v1/logs", json=request).raise_for_status()
            (found,) = records(_wait_for(backend))

    assert found.body == 'role "user" granted'
    assert found.attributes["user.roles"] == ["user"]


def _wait_for(backend: HttpReceiver) -> list[bytes]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if backend.bodies.get("/v1/logs"):
            return backend.bodies["/v1/logs"]
        time.sleep(0.05)
    raise AssertionError("no log arrived")
