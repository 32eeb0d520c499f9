"""The registry agrees with itself, with the conventions, and with what follows from it."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import jsonschema
import opentelemetry.semconv._incubating.attributes as development
import opentelemetry.semconv._incubating.metrics as development_metrics
import opentelemetry.semconv.attributes as stable
import pytest

from otel_logging import semconv
from otel_logging.events.declare import DECLARED
from otel_logging.redaction import Engine, load_policy
from registry.__main__ import main
from registry.generated import files, stale
from registry.model import SOURCE, RegistryError, load
from registry.schema import FORBIDDEN, schema

REGISTRY = load()
ATTRIBUTES = REGISTRY.attributes
UID = {"log.record.uid": "1" * 32}
RECORD: dict[str, Any] = {
    "timestamp": "2026-05-01T12:00:00.000000001Z",
    "severity": "INFO",
    "body": "hello",
    "service": "gateway",
    "scope": "shop",
    "trace_id": "0" * 31 + "1",
    "span_id": "0" * 15 + "1",
    "event_name": None,
    "attributes": UID,
    "resource": {"service.name": "gateway"},
}


def _names(package: Any) -> set[str]:
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }


def test_nothing_generated_is_stale() -> None:
    """`python -m registry --check` is content."""
    assert main(["--check"]) == 0


def test_a_stale_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    """The check fails where a file is missing or says something else, and changes nothing."""
    monkeypatch.setattr("registry.generated.ROOT", tmp_path)
    monkeypatch.setattr("registry.__main__.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "otel_logging").mkdir()
    for path, text in files(REGISTRY).items():
        path.write_text(text)
    (tmp_path / "docs" / "attributes.md").write_text("old")

    assert [path.name for path in stale(REGISTRY)] == ["attributes.md"]
    assert main(["--check"]) == 1
    assert "docs/attributes.md is stale" in capsys.readouterr().err
    assert (tmp_path / "docs" / "attributes.md").read_text() == "old"
    assert main([]) == 0
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("name", "origin"), [(name, each.origin) for name, each in ATTRIBUTES.items()]
)
def test_the_origin_of_an_attribute_is_true(name: str, origin: str) -> None:
    """What is said to be a convention is one of this stability, and what is ours is none."""
    expected = "own"
    if name in _names(development):
        expected = "development"
    if name in _names(stable):
        expected = "stable"

    assert expected == origin


@pytest.mark.parametrize("name", [n for n, m in REGISTRY.metrics.items() if m.origin != "own"])
def test_the_origin_of_a_metric_is_true(name: str) -> None:
    """What is said to be a convention is one."""
    assert name in _names(development_metrics)


def test_nothing_on_records_is_named_like_a_severity() -> None:
    """Viewers would take it for the record's own."""
    on_records = {name for name, each in ATTRIBUTES.items() if "log" in each.signals}

    assert not on_records & set(FORBIDDEN)


@pytest.mark.parametrize("service", [None, "gateway", "auth-service", "event-service"])
def test_redaction_leaves_our_attributes_alone(service: str | None) -> None:
    """No key rule of the default policy takes one of our names for a secret."""
    engine = Engine(load_policy(), service)
    examples = {
        name: each.example for name, each in ATTRIBUTES.items() if each.sensitivity != "personal"
    }

    assert engine.attributes(examples) == examples


def test_what_looks_like_a_secret_by_name_is_on_the_safe_list() -> None:
    """Each attribute marked `safe` stands in the default policy's safe-list."""
    safe = {name for name, each in ATTRIBUTES.items() if each.safe}

    assert safe
    assert safe <= set(load_policy().safe.keys)


@pytest.mark.parametrize("name", DECLARED)
def test_an_event_has_the_attributes_that_its_function_writes(name: str) -> None:
    """Required and optional attributes are those of the parameters."""
    event, declared = REGISTRY.events[name], DECLARED[name]
    required: set[str] = set()
    optional: set[str] = set()
    for parameter in declared.parameters:
        must = parameter.default is inspect.Parameter.empty and parameter.name != "change"
        attributes = parameter.field.names
        (required if must else optional).update(attributes[:1] if must else attributes)
        optional.update(attributes[1:] if parameter.name == "outcome" else ())
        required.update(attributes if parameter.name == "target" else ())

    assert set(event.required) == required
    assert set(event.optional) == optional
    assert event.audit == declared.audit


def test_every_event_is_declared_or_the_librarys_own() -> None:
    """The vocabulary and the registry list the same events."""
    ours = {name for name in REGISTRY.events if not name.startswith("otlog.")}

    assert ours == set(DECLARED)


def test_an_example_has_its_type() -> None:
    """The schema that is made of the types accepts the examples."""
    properties = schema(REGISTRY)["properties"]["attributes"]["properties"]
    for name, rule in properties.items():
        example = ATTRIBUTES[name].example
        if rule.get("type") == "object":
            example = json.loads(example)
        jsonschema.validate(example, rule)


def test_the_schema_accepts_a_record() -> None:
    """All ten members, and attributes of others beside ours."""
    jsonschema.validate({**RECORD, "attributes": {**UID, "mine": 1}}, _schema())


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": "2026-05-01 12:00"},
        {"trace_id": "xyz"},
        {"trace_id": None},
        {"span_id": None},
        {"extra": 1},
        {"service": ""},
        {"resource": {}},
        {"attributes": {}},
        {"attributes": {**UID, "level": "INFO"}},
        {"attributes": {**UID, "user.roles": "admin"}},
        {"attributes": {**UID, "http.response.status_code": "200"}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_record(change: dict[str, Any]) -> None:
    """Each member has its form."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**RECORD, **change}, _schema())


def test_the_schema_is_a_schema() -> None:
    """JSON Schema's own schema accepts it."""
    jsonschema.Draft202012Validator.check_schema(_schema())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("  a.b: {type: text, origin: own, signals: [log]}", "Invalid enum value 'text'"),
        ("  a.b: {typ: string}", "missing required field|unknown field `typ`"),
    ],
)
def test_a_wrong_registry_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    """The message names what is wrong."""
    path = tmp_path / "attributes.yaml"
    path.write_text(SOURCE.read_text().replace("attributes:\n", f"attributes:\n{line}\n", 1))

    with pytest.raises(RegistryError, match=reason):
        load(path)


def test_every_constant_is_a_name_in_the_registry() -> None:
    """`semconv` holds nothing else."""
    values = {value for name, value in vars(semconv).items() if name.isupper()}

    assert values == {*ATTRIBUTES, *REGISTRY.events, *REGISTRY.metrics}


def _schema() -> dict[str, Any]:
    path = Path(semconv.__file__).with_name("record.schema.json")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def test_an_event_of_unknown_attributes_is_refused(tmp_path: Path) -> None:
    """The message names the event and the attribute."""
    path = tmp_path / "attributes.yaml"
    path.write_text(SOURCE.read_text().replace("required: [user.id]", "required: [user.idd]", 1))

    with pytest.raises(RegistryError, match=r"auth\.logout has user\.idd"):
        load(path)
