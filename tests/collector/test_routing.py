"""Where a record goes and how long it stays; what is taken together; which traces are kept."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.collector import canary, far_ends, graph
from tests.collector.readme import OVERLAYS, ROOT
from tests.collector.records import Received, records, spans
from tests.collector.test_span_metrics import by_service, simplified
from tests.collector.waiting import until

OVERLAY_SET = ("loki-tempo", "routing", "dedup", "sampling")
HALF = "8" + "0" * 13
IN_SHARE, OUT_OF_SHARE = "ff" * 7, "00" * 7
LONGEST = 1000
DEBUG, INFO, WARN = 5, 9, 13


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[far_ends.FarEnds]:
    """A Collector that routes, de-duplicates and samples half of the traces."""
    variables = {
        "OTLOG_SAMPLING_THRESHOLD": HALF,
        "OTLOG_LOKI_STACKTRACE_BYTES": str(LONGEST),
    }
    with far_ends.opened(tmp_path_factory.mktemp("routing"), OVERLAY_SET, **variables) as opened:
        yield opened


def record(body: Any, severity: int = INFO, event: str = "", **attributes: str) -> LogRecord:
    """A record of now, with an ID of its own."""
    uid = {"log.record.uid": uuid.uuid4().hex}
    return LogRecord(
        time_unix_nano=time.time_ns(),
        severity_number=severity,  # type: ignore[arg-type]
        event_name=event,
        body=canary.value(body),
        attributes=canary.attributes({**uid, **attributes}),
    )


def send(ends: far_ends.FarEnds, *sent: LogRecord, service: str) -> None:
    """Send records, and see them accepted."""
    request = canary.logs(*sent, service=service)
    assert canary.send(ends.collector.http, request).status_code == 200


def at_loki(ends: far_ends.FarEnds, service: str) -> dict[str, list[Received]]:
    """What each tenant of Loki has of a service."""
    return {
        tenant: [one for one in records(bodies) if one.resource["service.name"] == service]
        for tenant, bodies in dict(ends.loki.of_tenant).items()
    }


def count(ends: far_ends.FarEnds, service: str) -> int:
    """How many records of a service Loki has, repeats that were taken together counted."""
    found = itertools.chain.from_iterable(at_loki(ends, service).values())
    return sum(one.attributes.get("otlog.repeats", 1) for one in found)


@pytest.mark.collector
def test_records_go_by_kind_service_and_severity(ends: far_ends.FarEnds) -> None:
    """Audit events have a tenant of their own; DEBUG and idle talk stay for a short time."""
    sent = {
        "login": record("login", event="auth.login"),
        "levels": record("levels", DEBUG, event="otlog.levels.changed"),
        "stage": record("stage", event="event.stage"),
        "debug": record("debug", DEBUG),
        "info": record("info"),
        "no level": record("no level", 0),
    }
    send(ends, *sent.values(), service="shop")
    send(ends, record("idle"), record("trouble", WARN), service="rabbitmq")

    until(lambda: count(ends, "shop") == len(sent) and count(ends, "rabbitmq") == 2, "all records")
    found = {
        one.body: (tenant, one.resource["log.retention"])
        for service in ("shop", "rabbitmq")
        for tenant, received in at_loki(ends, service).items()
        for one in received
    }
    assert found == {
        "login": ("audit", "audit"),
        "levels": ("audit", "audit"),
        "stage": ("main", "standard"),
        "debug": ("main", "short"),
        "info": ("main", "standard"),
        "no level": ("main", "standard"),
        "idle": ("main", "short"),
        "trouble": ("main", "standard"),
    }


def test_audit_events_are_those_of_the_registry() -> None:
    """The pattern takes every event that the registry calls an audit event, and no other."""
    events = yaml.safe_load((ROOT / "docs" / "attributes.yaml").read_text())["events"]
    overlay = graph.load([OVERLAYS / "routing.yaml"])
    (condition, *_) = (
        entry["condition"] for entry in overlay["connectors"]["routing/retention"]["table"]
    )
    pattern = re.search(r'"(.*)"', condition)
    assert pattern
    audit = re.compile(pattern[1].replace("\\\\", "\\").replace("$$", "$"))

    assert {name for name in events if audit.search(name)} == {
        name for name, event in events.items() if event.get("audit")
    }


@pytest.mark.collector
def test_repeats_are_one_record_with_their_number(ends: far_ends.FarEnds) -> None:
    """Each repeat is counted; audit events and lines of a trace stay as many as they were."""
    noise = [record("broker away", WARN, queue="orders") for _ in range(50)]
    audit = [record("login", event="auth.login") for _ in range(3)]
    traced = [record("retry", WARN) for _ in range(2)]
    for one in traced:
        one.trace_id = b"t" * 16
    send(ends, *noise, *audit, *traced, service="noisy")

    until(lambda: count(ends, "noisy") == 55, "all records, repeats counted")
    found = at_loki(ends, "noisy")
    repeated = [one for one in found["main"] if one.body == "broker away"]
    assert sum(one.attributes["otlog.repeats"] for one in repeated) == 50
    assert len(repeated) < 10
    assert all(one.attributes["queue"] == "orders" for one in repeated)
    assert all(len(one.attributes["log.record.uid"]) >= 32 for one in repeated)
    assert [one.body for one in found["audit"]] == ["login"] * 3
    assert [one.body for one in found["main"] if one.record.trace_id] == ["retry"] * 2


@pytest.mark.collector
def test_long_stack_trace_goes_to_the_body(ends: far_ends.FarEnds) -> None:
    """A stack trace that Loki would refuse stands after the text, or in the structure."""
    long, short = "Traceback\n" + "x" * LONGEST, "Traceback\nshort"
    attributes = {"exception.stacktrace": long, "code.stacktrace": long}
    send(
        ends,
        record("failed", **attributes),
        record({"step": "pay"}, **attributes),
        record("fine", **{"exception.stacktrace": short}),
        service="traced",
    )

    until(lambda: count(ends, "traced") == 3, "all records")
    found = at_loki(ends, "traced")["main"]
    bodies = [one.body for one in found]
    assert f"failed\n{long}\n{long}" in bodies
    assert {"step": "pay", **attributes} in bodies
    assert [one.attributes.get("exception.stacktrace") for one in found].count(short) == 1
    assert not any(long in one.attributes.values() for one in found)


def trace(random: str, milliseconds: int = 5, *, failed: bool = False) -> Span:
    """A span that is a trace: its ID ends with the random part."""
    end = time.time_ns()
    return Span(
        trace_id=uuid.uuid4().bytes[:9] + bytes.fromhex(random),
        span_id=uuid.uuid4().bytes[:8],
        name="order",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=end - milliseconds * 1_000_000,
        end_time_unix_nano=end,
        status=Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET),
    )


@pytest.mark.collector
def test_failed_slow_and_a_share_of_traces_are_kept(ends: far_ends.FarEnds) -> None:
    """All are measured, some kept, and a record says what is known of its trace."""
    dropped, kept = trace(OUT_OF_SHARE), trace(IN_SHARE)
    failed, slow = trace(OUT_OF_SHARE, failed=True), trace(OUT_OF_SHARE, 5000)
    of_trace = [record("step") for _ in range(2)]
    of_trace[0].trace_id, of_trace[1].trace_id = dropped.trace_id, kept.trace_id
    send(ends, *of_trace, service="sampled")
    # First the one that is dropped: when the others are there, it has been decided upon.
    for one in (dropped, kept, failed, slow):
        request = by_service({"sampled": one})
        assert canary.send(ends.collector.http, request).status_code == 200

    wanted = {one.trace_id for one in (kept, failed, slow)}
    until(lambda: wanted <= {one.trace_id for one in spans(ends.tempo.bodies)}, "the kept traces")
    until(lambda: count(ends, "sampled") == 2, "both records")
    assert dropped.trace_id not in {one.trace_id for one in spans(ends.tempo.bodies)}
    assert {
        one.record.trace_id: one.attributes["otlog.trace.kept"]
        for one in at_loki(ends, "sampled")["main"]
    } == {dropped.trace_id: "if_failed_or_slow", kept.trace_id: "yes"}
    measured = (
        'traces_spanmetrics_calls_total{service="sampled",span_kind="SPAN_KIND_SERVER",'
        'span_name="order",status_code="STATUS_CODE_UNSET"} 3'
    )
    until(lambda: measured in simplified(ends.page()), "all three that did not fail, measured")
