"""New rules for a Collector that runs: in force or taken back, and no record lost on the way."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_logging.cli.collector import RunningCollector
from otel_logging.cli.commands import CommandError
from otel_logging.cli.policy_apply import Change
from otel_logging.doctor.collector_page import policy_version
from otel_logging.redaction import parse_policy
from otel_logging.redaction.compiler import compile_policy
from stack.collector import Collector
from tests.collector import canary
from tests.collector.receivers import HttpReceiver
from tests.collector.waiting import until

pytestmark = pytest.mark.collector

BIN = Path(sys.executable).parent
BEFORE = "version: 1\nprofiles: [minimal]\nkeys:\n  - {name: password, match: [password]}\n"
AFTER = BEFORE + "  - {name: entry, match: [badge number, door code]}\n"
SECRETS = {"badge_number": "B-77120", "door_code": "4711-Zq"}
PER_REQUEST = 5


class Sender(threading.Thread):
    """Sends records, again where the Collector did not take them, until told to stop."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(daemon=True)
        self._endpoint = endpoint
        self._stopped = threading.Event()
        self.acknowledged: set[str] = set()

    def run(self) -> None:
        for count in itertools.count():
            uids = [f"{count}-{number}" for number in range(PER_REQUEST)]
            while not self._sent(uids):
                if self._stopped.wait(0.05):
                    return
            self.acknowledged |= set(uids)
            if self._stopped.wait(0.02):
                return

    def stop(self) -> set[str]:
        """Stop, and return the IDs that were taken."""
        self._stopped.set()
        self.join(timeout=60)
        return self.acknowledged

    def _sent(self, uids: list[str]) -> bool:
        try:
            answer = canary.send(self._endpoint, canary.logs(*map(record, uids)))
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK


def record(uid: str) -> LogRecord:
    """A record that the new rules change in two places."""
    return LogRecord(
        body=canary.value("a door"), attributes=canary.attributes({"uid": uid, **SECRETS})
    )


def received(backend: HttpReceiver) -> dict[str, tuple[str, ...]]:
    """By ID, what stands where the new rules look."""
    return {
        found["uid"]: tuple(found[name] for name in SECRETS)
        for body in list(backend.bodies.get("/v1/logs", []))
        for of_resource in ExportLogsServiceRequest.FromString(body).resource_logs
        for of_scope in of_resource.scope_logs
        for each in of_scope.log_records
        for found in [{one.key: one.value.string_value for one in each.attributes}]
    }


@pytest.fixture
def backend() -> Iterator[HttpReceiver]:
    """Where records end up."""
    with HttpReceiver() as running:
        yield running


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The Collector's file of rules, compiled from the policy before."""
    file = tmp_path / "redaction.yaml"
    file.write_text(compile_policy(parse_policy(BEFORE)))
    return file


@pytest.fixture
def collector(tmp_path: Path, backend: HttpReceiver, rules: Path) -> Iterator[Collector]:
    """A Collector on that file."""
    made = Collector(tmp_path / "collector", ("store",), {"OTLOG_STORE_ENDPOINT": backend.url})
    made.files[1] = rules
    with made as running:
        yield running


def apply(collector: Collector, policy: Path, rules: Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    which = ("--policy", str(policy), "--pid", str(collector.pid), "--output", str(rules))
    return subprocess.run(
        [BIN / "otel-logging", "policy", "apply", *which],
        capture_output=True,
        text=True,
        check=False,
    )


def test_rules_change_under_load_and_nothing_is_lost(
    collector: Collector, backend: HttpReceiver, rules: Path, tmp_path: Path
) -> None:
    """Every acknowledged record arrives, wholly by the old rules or wholly by the new."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(AFTER)
    sender = Sender(collector.http)
    sender.start()
    until(lambda: len(sender.acknowledged) >= 50, "some load")

    done = apply(collector, policy, rules)
    taken = len(sender.acknowledged)
    until(lambda: len(sender.acknowledged) >= taken + 50, "load after the change")
    acknowledged = sender.stop()
    until(lambda: acknowledged <= received(backend).keys(), "every acknowledged record")

    assert done.returncode == 0, done.stderr
    assert parse_policy(AFTER).digest() in done.stdout
    assert set(received(backend).values()) == {tuple(SECRETS.values()), ("****", "****")}
    assert "already" in apply(collector, policy, rules).stdout
    assert [path.name for path in rules.parent.glob(".redaction*")] == []


def test_rules_that_the_collector_refuses_change_nothing(collector: Collector, rules: Path) -> None:
    """Its own program looks at them first; file and process stay as they were."""
    before = rules.read_text()
    broken = before.replace("redact_all_types", "redact_no_type")

    with pytest.raises(CommandError, match="redact_no_type"):
        Change(rules, broken, "0" * 12, timeout=60).apply(RunningCollector.of(collector.pid))

    assert rules.read_text() == before
    assert list(rules.parent.glob(".redaction*")) == []
    assert collector.running


def test_rules_that_do_not_come_into_force_are_taken_back(
    collector: Collector, rules: Path
) -> None:
    """The version expected is never shown: the old rules are back, in the file and in force."""
    before, old = rules.read_text(), parse_policy(BEFORE).digest()
    running = RunningCollector.of(collector.pid)
    mute = before.replace("otlog.policy.version", "otlog.other")

    with pytest.raises(CommandError, match=f"back in force \\({old}\\)"):
        Change(rules, mute, "0" * 12, timeout=30).apply(running)

    assert rules.read_text() == before
    assert policy_version(running.metrics_url) == old


def test_a_process_that_does_not_read_the_file_is_left_alone(
    collector: Collector, rules: Path, tmp_path: Path
) -> None:
    """Another file, or no such process: said plainly, nothing written."""
    policy, other = tmp_path / "policy.yaml", tmp_path / "other.yaml"
    policy.write_text(AFTER)
    done = apply(collector, policy, other)

    assert done.returncode == 1
    assert f"does not read {other}" in done.stderr
    assert not other.exists()

    with pytest.raises(CommandError, match="cannot be looked at"):
        RunningCollector.of(2**22 + 1)
