"""What the processes printed is what the store has: nothing on the way takes from a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from stack.native import NativeStack
from tests.e2e.conftest import Run
from tests.e2e.reading import records

pytestmark = [pytest.mark.e2e]

FIELDS = ("severity", "body", "service", "scope", "trace_id", "span_id", "event_name", "attributes")


def printed(stack: NativeStack) -> dict[str, dict[str, Any]]:
    """The records that the services have printed, redacted already, by their IDs."""
    services = (stack.gateway, stack.auth_service, stack.event_service)
    lines = (line for one in services for line in one.log_file.read_bytes().splitlines())
    found = (msgspec.json.decode(line) for line in lines if line.startswith(b"{"))
    return {record["attributes"]["log.record.uid"]: record for record in found}


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf by the names that lead to it: the Collector makes nested attributes flat."""
    if not isinstance(value, dict | list) or not value:
        yield name, value
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from flat(inner, f"{name}.{key}" if name else str(key))


def differences(written: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """Where two records differ, down to single attributes, with what they are."""
    pairs = [(field, written[field], stored[field]) for field in FIELDS if field != "attributes"]
    before, after = (dict(flat(one["attributes"])) for one in (written, stored))
    pairs += [(key, before.get(key), after.get(key)) for key in before.keys() | after.keys()]
    return [f"{name}: {old!r} → {new!r}" for name, old, new in pairs if old != new]


def test_the_store_has_each_record_as_its_process_wrote_it(run: Run) -> None:
    """Text, attributes and all else, whatever their types, of every record that arrived."""
    written = printed(run.stack)
    stored = records(run.stack)
    differing = {
        difference
        for record in stored
        if record["uid"] in written
        for difference in differences(written[record["uid"]], record)
    }

    assert len(stored) > 100
    assert differing == set()
