"""`otel-logging audit` as a process: options, exit codes, and output that holds no secret."""

import gzip
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from stack.store import Store
from tests.redaction.cases import CORPUS

SECRET = f"Aa1!{secrets.token_hex(6)}"
CODE = "import sys; from otel_logging.cli import main; sys.exit(main())"


def run(*arguments, data=b""):
    """Run the command; whatever it says, it never says the secret."""
    result = subprocess.run(
        [sys.executable, "-c", CODE, "audit", *map(str, arguments)],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert SECRET.encode() not in result.stdout + result.stderr
    assert b"Traceback" not in result.stderr
    return result


@pytest.fixture
def leak(tmp_path) -> Path:
    """A file with one secret in it."""
    file = tmp_path / "app.log"
    file.write_text(f"fine\npassword={SECRET} for mina\n")
    return file


def test_ordinary_lines_are_clean():
    """Nothing is found in the corpus of ordinary lines, and that is exit code 0."""
    result = run(CORPUS / "ordinary.txt")

    assert (result.returncode, result.stdout) == (0, b"")


def test_table_and_json(leak):
    """Both name place, rule and encoding; the fingerprint changes with every run."""
    table, lines = run(leak), run(leak, "--format", "json")
    found = json.loads(lines.stdout)

    assert table.returncode == lines.returncode == 1
    assert table.stdout.split()[1:] == [b"password", b"plain", f"{leak}:2".encode()]
    assert {**found, "fingerprint": ""} == {
        "location": f"{leak}:2",
        "field": "",
        "rule": "password",
        "encoding": [],
        "fingerprint": "",
    }
    assert table.stdout.split()[0] != found["fingerprint"].encode()


def test_standard_input(leak):
    """It is unpacked, too."""
    result = run("-", data=gzip.compress(leak.read_bytes()))

    assert result.returncode == 1
    assert result.stdout.split()[1:] == [b"password", b"gzip", b"-:2"]


def test_quiet(leak):
    """Only the exit code tells."""
    result = run("--quiet", leak)

    assert (result.returncode, result.stdout, result.stderr) == (1, b"", b"")


def test_reader_that_goes_away(leak):
    """`| head` does not turn findings into a clean result."""
    leak.write_text(f"password={SECRET}\n" * 5000)
    command = [sys.executable, "-c", CODE, "audit", leak]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        errors = process.stderr.read()

    assert process.returncode == 1
    assert b"Error" not in errors


def test_baseline(leak, tmp_path):
    """What is accepted stays accepted elsewhere; what is new is found; the file is private."""
    baseline = tmp_path / "baseline.json"
    written = run(leak, "--baseline", baseline, "--write-baseline")
    accepted = run(leak, "--baseline", baseline)
    with leak.open("a") as file:
        file.write(f"{secrets.token_hex(3)} password={secrets.token_hex(9)}\n")
    again = run(leak, "--baseline", baseline)
    rewritten = run(leak, "--baseline", baseline, "--write-baseline")

    assert [each.returncode for each in (written, accepted, again, rewritten)] == [0, 0, 1, 0]
    assert again.stdout.count(b"\n") == 1
    assert b"1 accepted" in accepted.stderr
    assert baseline.stat().st_mode & 0o777 == 0o600
    assert SECRET not in baseline.read_text()
    assert run(leak, "--baseline", baseline).returncode == 0


def test_salt_file(leak, tmp_path):
    """With a salt of its own a baseline does not hold the salt, and needs the same one."""
    salt, other, baseline = tmp_path / "salt", tmp_path / "other", tmp_path / "baseline.json"
    salt.write_text(secrets.token_hex(32))
    other.write_text(secrets.token_hex(32))
    options = ("--baseline", baseline, "--salt-file")
    assert run(leak, *options, salt, "--write-baseline").returncode == 0

    assert salt.read_text() not in baseline.read_text()
    assert run(leak, *options, salt).returncode == 0
    assert run(leak, *options, other).returncode == 2
    assert run(leak, "--baseline", baseline).returncode == 2
    first, second = (run(leak, "--salt-file", salt).stdout for _ in range(2))
    assert first == second


def test_needle_file(tmp_path):
    """What no rule knows is found when it is named."""
    needles, log = tmp_path / "needles", tmp_path / "app.log"
    needles.write_text(f"unplanted-{secrets.token_hex(4)}\n{SECRET}\n")
    log.write_text(f"said {SECRET.encode().hex()} once\n")

    assert run(log).returncode == 0
    assert b"needle:2" in run(log, "--needle-file", needles).stdout


def test_policy_and_service(tmp_path):
    """The rules are those of the policy, and of the service that is named."""
    policy, log = tmp_path / "policy.yaml", tmp_path / "app.log"
    policy.write_text(
        "version: 1\nservices:\n  shop:\n    keys: [{name: coupon, match: [coupon]}]\n"
    )
    log.write_text(f"coupon={SECRET} password={SECRET}\n")

    assert run(log, "--policy", policy).returncode == 0
    assert b" coupon " in run(log, "--policy", policy, "--service", "shop").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["missing.log"],
        ["-", "missing.log"],
        ["-", "--backend", "http://127.0.0.1:9"],
        ["--backend", "http://127.0.0.1:9"],
        ["--backend", f"ftp://app:{SECRET}@127.0.0.1"],
        ["-", "--policy", "missing.yaml"],
        ["-", "--baseline", "missing.json"],
        ["-", "--write-baseline"],
        ["-", "--salt-file", "missing"],
        ["-", "--needle-file", "missing"],
    ],
)
def test_errors(arguments):
    """Exit code 2 and one line that says why."""
    result = run(*arguments)

    assert result.returncode == 2
    assert len(result.stderr.splitlines()) in {1, 2}


def test_bad_files(tmp_path):
    """Salts that are too short, needles too, and what is no baseline: refused, never quoted."""
    file = tmp_path / "file"
    for option, content in {
        "--salt-file": SECRET[:8],
        "--needle-file": f"{SECRET}\nabc\n",
        "--baseline": SECRET,
        "--policy": f"version: {SECRET}",
    }.items():
        file.write_text(content)
        result = run("-", option, file)
        assert result.returncode == 2
        assert str(file).encode() in result.stderr


def test_store_running_and_stopped(tmp_path):
    """A running store is audited over its API, its folder once it has stopped."""
    now = str(time.time_ns())
    record = {
        "timeUnixNano": now,
        "severityText": "INFO",
        "severityNumber": 9,
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "b7ad6b7169203331",
        "body": {"stringValue": f"login password={SECRET}"},
        "attributes": [
            {"key": "log.record.uid", "value": {"stringValue": "u-1"}},
            {"key": "auth.token", "value": {"stringValue": SECRET}},
        ],
    }
    span = {
        "traceId": record["traceId"],
        "spanId": record["spanId"],
        "name": "GET /x",
        "kind": 2,
        "startTimeUnixNano": now,
        "endTimeUnixNano": now,
        "events": [
            {
                "name": "exception",
                "timeUnixNano": now,
                "attributes": [{"key": "note", "value": {"stringValue": f"secret={SECRET}"}}],
            }
        ],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    logs = {"resource": resource, "scopeLogs": [{"scope": {"name": "a"}, "logRecords": [record]}]}
    spans = {"resource": resource, "scopeSpans": [{"scope": {"name": "a"}, "spans": [span]}]}
    store = Store(tmp_path)
    store.start()
    try:
        for path, payload in {
            "logs": {"resourceLogs": [logs]},
            "traces": {"resourceSpans": [spans]},
        }.items():
            answer = httpx.post(f"{store.http}/v1/{path}", json=payload)
            assert answer.status_code == 200
        held = run(store.data_folder)
        running = run("--backend", store.http, "--format", "json")
    finally:
        store.stop()
    stopped = run(store.data_folder, "--format", "json")

    trace = f"(trace {record['traceId']})"
    assert held.returncode == 2
    assert b"--backend" in held.stderr
    assert _found(running) == {
        (f"log u-1 {trace}", "body", "password"),
        (f"log u-1 {trace}", "attributes.auth.token", "token"),
        (f"span {record['spanId']} {trace}", "events[0].attributes.note", "secret"),
    }
    assert stopped.returncode == 1
    assert {(place.rpartition("!")[2], *rest) for place, *rest in _found(stopped)} == {
        ("logs.body row 1", "", "password"),
        ("logs.attributes row 1", "auth.token", "token"),
        ("spans.events row 1", "[0].attributes.note", "secret"),
    }


def _found(result):
    lines = map(json.loads, result.stdout.splitlines())
    return {(each["location"], each["field"], each["rule"]) for each in lines}
