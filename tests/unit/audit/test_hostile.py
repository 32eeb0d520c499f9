"""What is broken, huge or made to harm: bounded, told of, and never quoted."""

import gzip
import io
import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import tracemalloc
from pathlib import Path

import duckdb
import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_logging.audit import Auditor, Finding, Needles, Problem, unpack
from otel_logging.audit.files import of_paths, of_stream
from otel_logging.audit.lines import MAX_LINE
from otel_logging.audit.search import STEP
from otel_logging.redaction import load_policy

POLICY = load_policy()
SECRET = f"Aa1!{secrets.token_hex(6)}"
LEAK = f"password={SECRET}"


def audit(*paths: Path) -> tuple[list[Finding], list[Problem]]:
    """Findings and problems in files."""
    auditor = Auditor(POLICY, needles=Needles([SECRET]))
    found = [*auditor.run(of_paths([*paths], lambda _name, _amount: None))]
    assert SECRET not in repr(found)
    findings = [each for each in found if isinstance(each, Finding)]
    return findings, [each for each in found if isinstance(each, Problem)]


def rules(findings):
    """The rules that found something."""
    return {each.rule for each in findings}


def test_truncated_gzip(tmp_path):
    """What can be read is searched, and the rest is told of."""
    data = gzip.compress(f"{LEAK}\n".encode() + os.urandom(300_000))
    (tmp_path / "cut.gz").write_bytes(data[:-1000])
    findings, problems = audit(tmp_path)

    assert rules(findings) == {"password", "needle:1"}
    assert [each.fatal for each in problems] == [True]
    assert "cut off" in problems[0].reason


@pytest.mark.parametrize("cut", [3, 12, 25])
def test_gzip_cut_near_its_start(cut, tmp_path):
    """No data is no clean file."""
    (tmp_path / "cut.gz").write_bytes(gzip.compress(LEAK.encode())[:cut])

    assert [each.fatal for each in audit(tmp_path)[1]] == [True]


def test_bomb(tmp_path, monkeypatch):
    """Unpacking stops where it is out of all proportion, in bounded memory."""
    monkeypatch.setattr(unpack, "FREE", 8 << 20)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(f"{LEAK}\n".encode() + bytes(24 << 20)))
    tracemalloc.start()
    findings, problems = audit(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rules(findings) == {"password", "needle:1"}
    assert "200 times" in problems[0].reason
    assert peak < 23 << 20


def test_too_many_layers(tmp_path):
    """Five layers of compression are refused, not skipped."""
    data = LEAK.encode()
    for _ in range(5):
        data = gzip.compress(data)
    (tmp_path / "layers").write_bytes(data)

    assert [each.fatal for each in audit(tmp_path)[1]] == [True]


@pytest.mark.parametrize(
    "magic", [b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"PAR1", b"7z\xbc\xaf\x27\x1c"]
)
def test_unknown_packing_is_no_clean_file(magic, tmp_path):
    """What cannot be unpacked is an error that says so."""
    (tmp_path / "packed").write_bytes(magic + os.urandom(200))

    assert "unpack it first" in audit(tmp_path)[1][0].reason


def test_links_fifos_and_sockets(tmp_path):
    """Loops end, each file is read once, and what is no file is skipped with a word."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "app.log").write_text(LEAK)
    (folder / "again").symlink_to("app.log")
    (folder / "loop").symlink_to(folder)
    (folder / "self").symlink_to("self")
    (folder / "nowhere").symlink_to("gone")
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        findings, problems = audit(folder, folder / "app.log")

    assert len(findings) == 2
    assert {Path(each.where).name for each in problems} == {
        "loop",
        "self",
        "nowhere",
        "fifo",
        "socket",
    }
    assert not any(each.fatal for each in problems)


def test_unreadable_and_missing(tmp_path):
    """Exit code 2 is for what cannot be read; another file's secrets are still found."""
    (tmp_path / "a.log").write_text(LEAK)
    (tmp_path / "broken.sqlite").write_bytes(b"SQLite format 3\x00" + os.urandom(4000))
    (tmp_path / "broken.duckdb").write_bytes(os.urandom(8) + b"DUCK" + os.urandom(9000))
    findings, problems = audit(tmp_path, tmp_path / "missing")

    assert rules(findings) == {"password", "needle:1"}
    assert len(problems) == 3
    assert all(each.fatal for each in problems)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root reads all")
def test_no_permission(tmp_path):
    """A file that may not be read is an error that names it."""
    (tmp_path / "closed.log").write_text(LEAK)
    (tmp_path / "closed.log").chmod(0)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from otel_logging.audit.files import of_paths\n"
        "os.setuid(65534) if os.geteuid() == 0 else None\n"
        "print([*of_paths([Path('closed.log')], lambda *_: None)])"
    )
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "Permission denied" in result.stdout


def test_held_duckdb_file(tmp_path):
    """A file that another process holds is told of, with what to do."""
    file = tmp_path / "held.duckdb"
    code = (
        "import duckdb, sys\n"
        "held = duckdb.connect(sys.argv[1])\n"
        "held.execute('CREATE TABLE t (a INTEGER)')\n"
        "held.execute('CHECKPOINT')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        problems = audit(file)[1]
        holder.stdin.close()

    assert f"is open in process {holder.pid}: audit the running store" in problems[0].reason


def test_names_that_are_secrets(tmp_path):
    """File, table, column and key names are redacted where they are shown."""
    (tmp_path / f"{LEAK}.log").write_text(LEAK)
    (tmp_path / "keys.jsonl").write_text(json.dumps({LEAK: {LEAK: {LEAK: 1}}}) + "\n")
    with sqlite3.connect(tmp_path / "kept.sqlite") as database:
        database.execute(f'CREATE TABLE "{LEAK}" ("{LEAK}" TEXT)')
        database.execute(f'INSERT INTO "{LEAK}" VALUES (?)', (LEAK,))
    database.close()
    findings, problems = audit(tmp_path)

    assert problems == []
    assert len({each.location.split(":")[0].split("!")[0] for each in findings}) == 3


@pytest.mark.parametrize("size", [STEP - 20, STEP, MAX_LINE - 30, MAX_LINE + 20, 2 * MAX_LINE])
@pytest.mark.parametrize("filler", [b"x ", b"\xff\x00", "가 ".encode()])
def test_secrets_at_every_seam_of_a_long_line(size, filler):
    """A line is cut where it must be, and a secret is found once at the cut."""
    data = (filler * size)[: size - 7] + b" " + LEAK.encode() + b" " + filler * 1000 + b"\nend\n"
    auditor = Auditor(POLICY, needles=Needles([SECRET]))
    found = [*auditor.run(of_stream(io.BytesIO(data), "-", lambda _name, _amount: None))]

    assert sorted((each.location, each.rule) for each in found) == [
        ("-:1", "needle:1"),
        ("-:1", "password"),
    ]


def test_names_and_values_on_different_lines(tmp_path):
    """A multipart body names its parts lines above their values."""
    part = f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--x--\r\n'
    (tmp_path / "body").write_text(part, newline="")
    findings, _ = audit(tmp_path)

    assert [each.location.rpartition(":")[2] for each in findings] == ["4", "4"]


def test_private_key_cut_off_hides_nothing(tmp_path):
    """The start of a key without its end leaves the rest of the file to be searched."""
    (tmp_path / "log").write_text(f"-----BEGIN PRIVATE KEY-----\nAAAA\n{LEAK}\n" * 2)
    findings, _ = audit(tmp_path)

    assert [each.location.rpartition(":")[2] for each in findings if each.rule == "password"] == [
        "3",
        "6",
    ]


def test_deep_json_and_repeated_keys(tmp_path):
    """Neither depth nor a key that stands twice hides a value."""
    deep = "[" * 300 + json.dumps({"password": SECRET}) + "]" * 300
    too_deep = "[" * 100_000 + f'"{LEAK}"'
    twice = f'{{"password":"{SECRET}","password":""}}'
    (tmp_path / "log").write_text(f"{deep}\n{too_deep}\n{twice}\n")
    findings, problems = audit(tmp_path)

    assert problems == []
    assert {each.location.rpartition(":")[2] for each in findings if each.rule == "password"} == {
        "1",
        "2",
        "3",
    }


def test_junk(tmp_path):
    """Random bytes of every kind are read to their end."""
    for number in range(20):
        (tmp_path / f"{number}").write_bytes(os.urandom(3_000) + f"\n{LEAK}".encode())
    findings, problems = audit(tmp_path)

    assert problems == []
    assert len([each for each in findings if each.rule == "needle:1"]) == 20


@pytest.mark.parametrize(
    ("value", "rules_found"),
    [("***MASKED***", set()), (LEAK, {"password"})],
    ids=["masked", "leaking"],
)
def test_otlp_in_a_queue_file(value, rules_found, tmp_path):
    """Tags and lengths between names and marks are no secrets; secrets there are."""
    names = ("http.response.body.content.access_token", "http.request.body.content.password", "a")
    attributes = [KeyValue(key=name, value=AnyValue(string_value=value)) for name in names]
    record = LogRecord(body=AnyValue(string_value="done"), attributes=attributes)
    (tmp_path / "queue").write_bytes(record.SerializeToString())

    assert rules(audit(tmp_path)[0]) - {"needle:1"} == rules_found


def test_memory_does_not_grow_with_the_stream():
    """Records, text and one endless line pass in the memory that a small stream takes."""
    record = json.dumps({"body": LEAK, "attributes": {"a": "b" * 300}}).encode() + b"\n"
    streams = [(record, 1), (b"an ordinary line of text, nothing more\n" * 10, 4), (b"x" * 400, 8)]

    class Endless(io.RawIOBase):
        left = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            size = min(len(buffer), self.left)
            buffer[:size] = (self.line * (size // len(self.line) + 1))[:size]
            self.left -= size
            return size

    for line, size in streams:
        peaks = []
        for megabytes in (size, 3 * size):
            stream = Endless()
            stream.line, stream.left = line, megabytes << 20
            tracemalloc.start()
            for _ in Auditor(POLICY).run(
                of_stream(io.BufferedReader(stream), "-", lambda _name, _amount: None)
            ):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 48 << 20
        assert peaks[1] < 1.3 * peaks[0]


def test_changed_nothing_beside_a_database(tmp_path):
    """Auditing a database leaves no file behind and changes none."""
    with sqlite3.connect(tmp_path / "kept.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (a TEXT)")
    database.close()
    duckdb.connect(str(tmp_path / "kept.duckdb")).close()
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    audit(tmp_path)

    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_rows_in_a_write_ahead_log(tmp_path):
    """Rows that SQLite has not yet folded into its file are read."""
    database = sqlite3.connect(tmp_path / "kept.sqlite")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (a TEXT)")
    database.execute("INSERT INTO t VALUES (?)", (LEAK,))
    database.commit()
    findings, _ = audit(tmp_path / "kept.sqlite")
    database.close()

    assert rules(findings) == {"password", "needle:1"}
