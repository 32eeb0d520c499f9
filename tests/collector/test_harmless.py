"""What is no secret comes out of the Collector as it went in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from stack.collector import Collector
from tests.collector.receivers import HttpReceiver

pytestmark = [pytest.mark.collector]

DIGITS_ONLY = "45296244-3728-4727-8041-123456789012"

DURATION = 0.4539148803436467


SHAPES: dict[str, Any] = {
    "no attribute": {},
    "a text": {"order.status": "done"},
    "an empty text": {"note": ""},
    "a number, a fraction, a flag": {"count": 3, "took": 0.5, "cached": True},
    "a list of texts": {"user.roles": ["customer"]},
    "a list of numbers": {"sizes": [1, 2, 3]},
    "an empty list": {"user.roles": []},
    "a list first": {"user.roles": ["customer", "editor"], "user.id": "42"},
    "a list last": {"user.id": "42", "user.roles": ["customer"]},
    "two lists": {"a": ["x"], "b": ["y", "z"]},
    "a list of lists": {"rows": [["a", "b"], ["c", "d"]]},
    "a list of pairs": {"headers": [["accept", "text/html"]]},
    "a key as pairs have it": {"value": "blue", "name": "colour"},
    "a text of JSON": {"reply": '{"status":"ok"}'},
    "a backslash": {"path": "C:\\Users\\me"},
    "letters of others": {"\u540d\u524d": "\uac00\uaca9"},
    "a UUID": {"event.id": "f35a6588-3878-451b-8655-6a7370106848"},
}
"""Attributes of every type, in which nothing is to be masked."""


def test_text_and_attributes_of_every_type_stay(tmp_path: Path) -> None:
    """Whatever type an attribute has, the record keeps its text and the attribute."""
    records = [
        {
            "timeUnixNano": str(time.time_ns()),
            "body": {"stringValue": shape},
            "attributes": [{"key": key, "value": _value(value)} for key, value in some.items()],
        }
        for shape, some in SHAPES.items()
    ]
    kept = {
        each.body.string_value: {one.key: MessageToDict(one.value) for one in each.attributes}
        for each in _passed(tmp_path, records)
    }

    assert kept == {
        shape: {
            key: MessageToDict(ParseDict(_value(value), AnyValue())) for key, value in some.items()
        }
        for shape, some in SHAPES.items()
    }


def test_digits_of_identifiers_and_fractions_are_no_card_number(tmp_path: Path) -> None:
    """A UUID or a fraction that reads as a card stays, unless its key is secret."""
    record = {
        "timeUnixNano": str(time.time_ns()),
        "body": {"stringValue": "order accepted"},
        "attributes": [
            {"key": key, "value": {"stringValue": DIGITS_ONLY}} for key in ("user.id", "password")
        ]
        + [{"key": "took", "value": {"doubleValue": DURATION}}],
    }
    (passed,) = _passed(tmp_path, [record])

    stored = {attribute.key: attribute.value for attribute in passed.attributes}
    assert stored["user.id"].string_value == DIGITS_ONLY
    assert stored["took"].double_value == DURATION
    assert DIGITS_ONLY not in stored["password"].string_value


def _value(value: object) -> dict[str, Any]:
    """A value in the JSON form of OTLP."""
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return {kinds[type(value)]: value}


def _passed(folder: Path, records: list[dict[str, Any]]) -> list[LogRecord]:
    """The records as they leave a Collector."""
    request = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    with HttpReceiver() as backend:
        variables = {"OTLOG_STORE_ENDPOINT": backend.url}
        with Collector(folder, overlays=("store",), variables=variables) as collector:
            httpx.post(f"{collector.http}/v1/logs", json=request).raise_for_status()
            bodies = _wait_for(backend)
    return [
        record
        for body in bodies
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]


def _wait_for(backend: HttpReceiver) -> list[bytes]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if backend.bodies.get("/v1/logs"):
            return backend.bodies["/v1/logs"]
        time.sleep(0.05)
    raise AssertionError("no log arrived")
