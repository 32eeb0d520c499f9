"""`otel-logging audit --backend` on a real Loki and a real Tempo that hold secrets."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.collector import UNREDACTED, Collector
from stack.loki import Loki
from stack.tempo import Tempo
from tests.collector.waiting import until

pytestmark = [pytest.mark.loki, pytest.mark.collector]

COMMAND = Path(sys.executable).with_name("otel-logging")
SECRET = f"Aa1!{secrets.token_hex(6)}"
TRACE, SPAN = secrets.token_hex(16), secrets.token_hex(8)
EXPECTED = {
    (f"log u-1 (trace {TRACE})", "body", "password"),
    (f"log u-1 (trace {TRACE})", "attributes", "token"),
    (f"span {SPAN} (trace {TRACE})", "attributes", "token"),
    (f"span {SPAN} (trace {TRACE})", "events", "secret"),
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Loki and a Tempo to which a Collector without redaction sent secrets."""
    folder = tmp_path_factory.mktemp("planted")
    with Loki(folder / "loki") as loki, Tempo(folder / "tempo") as tempo:
        variables = {"OTLOG_LOKI_ENDPOINT": loki.intake, "OTLOG_TEMPO_ENDPOINT": tempo.intake}
        collector = Collector(folder / "collector", ("loki-tempo",), variables)
        collector.files[1] = UNREDACTED
        with collector:
            _plant(collector.http)
            yield f"loki+tempo:{loki.http},{tempo.http}"


def _plant(intake: str) -> None:
    now = str(time.time_ns())
    scope = {"name": "shop.login"}
    resource = {"attributes": [_pair("service.name", "shop")]}
    context = {"traceId": TRACE, "spanId": SPAN}
    record: dict[str, Any] = {
        **context,
        "timeUnixNano": now,
        "severityText": "INFO",
        "severityNumber": 9,
        "body": {"stringValue": f"login password={SECRET}"},
        "attributes": [_pair("log.record.uid", "u-1"), _pair("auth.token", SECRET)],
    }
    note = {"name": "retry", "timeUnixNano": now, "attributes": [_pair("n", f"secret={SECRET}")]}
    span: dict[str, Any] = {
        **context,
        "name": "GET /x",
        "kind": 2,
        "startTimeUnixNano": now,
        "endTimeUnixNano": now,
        "attributes": [_pair("auth.token", SECRET)],
        "events": [note],
    }
    for path, payload in {
        "logs": {"resourceLogs": [_of(resource, "scopeLogs", scope, logRecords=[record])]},
        "traces": {"resourceSpans": [_of(resource, "scopeSpans", scope, spans=[span])]},
    }.items():
        httpx.post(f"{intake}/v1/{path}", json=payload, timeout=60).raise_for_status()


def _pair(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _of(resource: object, name: str, scope: object, **items: object) -> dict[str, Any]:
    return {"resource": resource, name: [{"scope": scope, **items}]}


def audited(backend: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the audit; whatever it says, it never says the secret."""
    done = subprocess.run(
        [COMMAND, "audit", "--backend", backend, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert SECRET not in done.stdout + done.stderr
    return done


def found(backend: str) -> set[tuple[str, str, str]]:
    """Place, kind of field and rule of all findings."""
    lines = map(json.loads, audited(backend, "--format", "json").stdout.splitlines())
    places = ((line["location"], line["field"], line["rule"]) for line in lines)
    return {
        (place, field.partition(".")[0].partition("[")[0], rule) for place, field, rule in places
    }


def test_audit_finds_what_was_planted_and_repeats_none_of_it(planted: str) -> None:
    """In a line, its attributes, a span and its events; Tempo lists a trace some seconds late."""
    until(lambda: found(planted) >= EXPECTED, "all that was planted")

    assert found(planted) == EXPECTED
    table = audited(planted)
    assert table.returncode == 1
    assert len(table.stdout.splitlines()) == len(EXPECTED)
