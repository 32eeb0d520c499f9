"""The check of stored telemetry against the registry finds what it should."""

from __future__ import annotations

from typing import Any

import pytest

from registry.conformance import Conformance
from registry.model import load

CHECK = Conformance(load())
UID = {"log.record.uid": "1" * 32}
HTTP = {"http.request.method": "GET", "http.route": "/x", "client.address": "192.0.2.1"}


def _record(
    attributes: dict[str, Any], scope: str = "services.gateway", **members: Any
) -> list[str]:
    record = {
        "timestamp": "2026-05-01T12:00:00.000000001Z",
        "severity": "INFO",
        "body": "hello",
        "service": "gateway",
        "scope": scope,
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "event_name": None,
        "attributes": {**UID, **attributes},
        "resource": {"service.name": "gateway"},
        "uid": "1" * 32,
    }
    prefix = f"record of gateway, {scope}: "
    return [one.removeprefix(prefix) for one in CHECK.record({**record, **members})]


def _point(**changes: Any) -> list[str]:
    point = {
        "name": "otlog.log.dropped",
        "scope": "otel_logging",
        "type": "sum",
        "monotonic": True,
        "unit": "{record}",
        "attributes": {"reason": "queue_full", "severity": "INFO"},
        "resource": {"service.name": "gateway"},
    }
    changed = {**point, **changes}
    prefix = f"metric {changed['name']} of {changed['scope']}: "
    return [one.removeprefix(prefix) for one in CHECK.point(changed)]


def _span(scope: str, attributes: dict[str, Any]) -> list[str]:
    span = {"name": "s", "scope": scope, "attributes": attributes, "resource": {}, "links": []}
    return [
        one.removeprefix(f"span s of {scope}: ")
        for one in CHECK.span({**span, "events": [{"name": "e", "attributes": {}}]})
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        HTTP,
        {"user.roles": ["a"]},
        {"user.roles.0": "a"},
        {"admin.change.after.locked.since": 1},
        {"order": {"item": "lamp"}},
        {"messaging.destination.name": "x", "messaging.message.id": "1"},
    ],
    ids=str,
)
def test_a_good_record_is_good(attributes: dict[str, Any]) -> None:
    """Structured attributes may have been flattened on the way."""
    assert _record(attributes) == []


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"made.up": 1}, "made.up is not in the registry for a log"),
        ({"messaging.system": "rabbitmq"}, "messaging.system is not in the registry for a log"),
        ({"user.id": 7}, "user.id is no string: 7"),
        ({"user.roles.x": "a"}, "user.roles.x is not in the registry for a log"),
        ({"http.request.method": "GET"}, "it was written while serving, and has no http.route"),
        (
            {"messaging.destination.name": "x"},
            "it was written while serving, and has no messaging.message.id",
        ),
    ],
    ids=str,
)
def test_a_bad_record_is_found(attributes: dict[str, Any], problem: str) -> None:
    """Names, signals, types, and what belongs to a request or a message."""
    assert problem in _record(attributes)


def test_a_request_without_a_trace_is_found() -> None:
    """Nothing that is written while serving stands alone."""
    found = _record(HTTP, trace_id=None, span_id=None)

    assert found == ["it was written while serving, and has no trace ID"]


def test_events_are_held_to_what_they_must_have() -> None:
    """Unknown ones and those that lack something."""
    assert _record({}, event_name="made.up") == ["the event made.up is not in the registry"]
    assert _record({}, event_name="auth.logout") == ["the event auth.logout lacks user.id"]
    assert _record({"user.id": "u"}, event_name="auth.logout") == []


def test_scopes_of_others_may_use_the_conventions() -> None:
    """A convention is good, an invention is not, and an unknown scope is neither."""
    assert _record({"network.peer.port": 80}, scope="uvicorn.access") == []
    assert _record({"made.up": 1}, scope="uvicorn.access") == [
        "made.up is neither a convention nor allowed"
    ]
    assert _record({}, scope="uvicornx") == ["the scope is in neither list"]


def test_spans_are_held_to_the_same() -> None:
    """Ours to the registry, others to the conventions."""
    assert _span("otel_logging.integrations.aio_pika", {"messaging.system": "rabbitmq"}) == []
    assert _span("otel_logging.integrations.aio_pika", {"net.peer.name": "x"}) == [
        "net.peer.name is not in the registry for a span"
    ]
    assert _span("opentelemetry.instrumentation.fastapi", {"client.port": 1}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "otlog.made.up"}, "is not in the registry"),
        ({"unit": "1"}, "is a sum in 1"),
        ({"type": "gauge"}, "is a gauge in {record}"),
        ({"monotonic": False}, "is monotonic: False"),
        ({"attributes": {"user.id": "7"}}, "user.id is no attribute of it"),
        ({"scope": "uvicorn", "name": "made.up"}, "is no metric of the conventions"),
    ],
    ids=str,
)
def test_a_bad_metric_is_found(changes: dict[str, Any], problem: str) -> None:
    """Name, unit, kind and attributes."""
    assert _point() == []
    assert problem in _point(**changes)


def test_a_resource_is_held_to_the_conventions() -> None:
    """Of ours and others alike."""
    found = _point(resource={"service.name": "gateway", "made.up": 1})

    assert found == ["resource has made.up, which is unknown"]


def test_a_metric_of_an_unknown_scope_is_found() -> None:
    """It is neither ours nor one of those that are listed."""
    found = _point(scope="made.up")

    assert found == ["metric otlog.log.dropped: the scope made.up is in neither list"]
