"""Where a secret can stand in telemetry: each surface as it is sent and as the engine sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from otel_logging.redaction import Engine
from tests.redaction.otlp import SPAN, TRACE, any_value, pairs

TIME = "1764000000000000000"


@dataclass(frozen=True)
class Surface:
    """One place in telemetry.

    Attributes:
        name: Its name in test IDs.
        signal: logs, traces or metrics.
        build: The OTLP/JSON item that carries a value there.
        engine: What the engine makes of a value there.
        only_text: Whether only a string can stand there.
        unreachable: Why the Collector cannot clean it, if it cannot.
    """

    name: str
    signal: str
    build: Callable[[str, Any], dict[str, Any]]
    engine: Callable[[Engine, Any], Any]
    only_text: bool = False
    unreachable: str | None = None


def _log(case: str, **fields: Any) -> dict[str, Any]:
    attributes = {"case": case, **fields.pop("attributes", {})}
    return {"timeUnixNano": TIME, "attributes": pairs(attributes), **fields}


def _span(case: str, **fields: Any) -> dict[str, Any]:
    return {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "plain",
        "kind": 1,
        "startTimeUnixNano": TIME,
        "endTimeUnixNano": TIME,
        "attributes": pairs({"case": case, **fields.pop("attributes", {})}),
        **fields,
    }


def _event(case: str, name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    event = {"timeUnixNano": TIME, "name": name, "attributes": pairs(attributes)}
    return _span(case, events=[event])


def _metric(case: str, attributes: dict[str, Any], exemplar: dict[str, Any]) -> dict[str, Any]:
    point = {
        "timeUnixNano": TIME,
        "asInt": "1",
        "attributes": pairs({"case": case, **attributes}),
        "exemplars": [{"timeUnixNano": TIME, "asInt": "1", "filteredAttributes": pairs(exemplar)}],
    }
    return {"name": "plain", "sum": {"dataPoints": [point], "aggregationTemporality": 2}}


def _attributes(engine: Engine, value: Any) -> Any:
    return engine.attributes(value)


def _one(engine: Engine, value: Any) -> Any:
    return engine.attributes({"note": value})


TEXT_SURFACES = (
    Surface("body", "logs", lambda c, v: _log(c, body=any_value(v)), Engine.body),
    Surface("attribute", "logs", lambda c, v: _log(c, attributes={"note": v}), _one),
    Surface(
        "nested attribute",
        "logs",
        lambda c, v: _log(c, attributes={"outer": {"inner": [{"note": v}]}}),
        _one,
    ),
    Surface("list attribute", "logs", lambda c, v: _log(c, attributes={"notes": ["x", v]}), _one),
    Surface(
        "nested body", "logs", lambda c, v: _log(c, body=any_value({"a": {"b": ["x", v]}})), _one
    ),
    Surface("event name", "logs", lambda c, v: _log(c, eventName=v), Engine.text, only_text=True),
    Surface("span name", "traces", lambda c, v: _span(c, name=v), Engine.text, only_text=True),
    Surface(
        "span status",
        "traces",
        lambda c, v: _span(c, status={"code": 2, "message": v}),
        Engine.text,
        only_text=True,
    ),
    Surface("span attribute", "traces", lambda c, v: _span(c, attributes={"note": v}), _one),
    Surface(
        "span event name", "traces", lambda c, v: _event(c, v, {}), Engine.text, only_text=True
    ),
    Surface(
        "exception", "traces", lambda c, v: _event(c, "exception", {"exception.message": v}), _one
    ),
    Surface(
        "span link",
        "traces",
        lambda c, v: _span(
            c, links=[{"traceId": TRACE, "spanId": SPAN, "attributes": pairs({"note": v})}]
        ),
        _one,
        unreachable="span links",
    ),
    Surface("metric attribute", "metrics", lambda c, v: _metric(c, {"note": v}, {}), _one),
    Surface(
        "exemplar",
        "metrics",
        lambda c, v: _metric(c, {}, {"note": v}),
        _one,
        unreachable="exemplars",
    ),
)
"""Every place for a text."""

MAP_SURFACES = (
    Surface("attributes", "logs", lambda c, v: _log(c, attributes=v), _attributes),
    Surface("body map", "logs", lambda c, v: _log(c, body=any_value(v)), Engine.body),
    Surface("span attributes", "traces", lambda c, v: _span(c, attributes=v), _attributes),
    Surface("event attributes", "traces", lambda c, v: _event(c, "plain", v), _attributes),
    Surface("metric attributes", "metrics", lambda c, v: _metric(c, v, {}), _attributes),
    Surface(
        "link attributes",
        "traces",
        lambda c, v: _span(c, links=[{"traceId": TRACE, "spanId": SPAN, "attributes": pairs(v)}]),
        _attributes,
        unreachable="span links",
    ),
)
"""Every place for a map."""
