"""The policy file changes while it is followed."""

import os
import threading
import time

import pytest

from otel_logging.redaction import ActiveEngine, Engine, load_policy
from otel_logging.redaction.watch import SETTLED, PolicyWatcher, read_content

BEFORE = "version: 1\nprofiles: [default]\nkeys:\n  - {name: password, match: [password]}\n"
AFTER = BEFORE + "  - {name: badge, match: [badge number]}\n"
RECORD = {"badge_number": "B-77120", "password": "hunter2-Xq9"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(BEFORE)
    return path


@pytest.fixture
def active(file):
    return ActiveEngine(Engine(load_policy(file)))


@pytest.fixture
def watcher(file, active):
    watcher = PolicyWatcher(file, active, Engine, read_content(file))
    yield watcher
    watcher.stop()


def settle(watcher):
    """Look as often as it takes for a change to be read."""
    for _ in range(SETTLED + 1):
        watcher.look()


def test_a_new_rule_is_in_force_and_counts_go_on(file, active, watcher):
    """The engine is another, its counts are the same."""
    active.current.attributes(RECORD)
    before = active.current.version
    file.write_text(AFTER)
    settle(watcher)

    assert active.current.version != before
    assert active.current.attributes(RECORD)["badge_number"] == "***MASKED***"
    assert active.current.counts.redacted == {"password": 2, "badge": 1}
    assert watcher.reloads["applied"] == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"version: 1\nkeys: {", ":2:"),
        (b"version: 1\nkeys:\n  - {name: hunter, match: [a b], action: shred}\n", ":3: keys[0]"),
        (b"", ""),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_broken_file_keeps_the_old_rules_and_says_why(
    file, active, watcher, capfd, content, line
):
    """Refused once, with file and line; a good file afterwards is taken."""
    before = active.current
    file.write_bytes(content)
    settle(watcher)
    settle(watcher)
    told = capfd.readouterr().err

    assert active.current is before
    assert watcher.reloads["refused"] == 1
    assert str(file) in told
    assert line in told
    assert f"{before.version} stays in force" in told

    file.write_text(AFTER)
    settle(watcher)

    assert active.current is not before


def test_a_file_that_is_gone_keeps_the_old_rules(file, active, watcher, capfd):
    """Deleted is broken; put back unchanged, it is as before."""
    before = active.current
    file.unlink()
    settle(watcher)

    assert "cannot be read" in capfd.readouterr().err
    assert active.current is before

    file.write_text(BEFORE)
    settle(watcher)

    assert active.current is before


def test_half_a_file_is_not_read(file, active, watcher):
    """What is still being written is left alone, although half of it is a valid policy."""
    before = active.current.version
    file.write_text(BEFORE.replace("  - {name: password, match: [password]}\n", "  []\n"))
    watcher.look()
    watcher.look()
    file.write_text(AFTER)
    watcher.look()

    assert active.current.version == before

    settle(watcher)

    assert active.current.version == load_policy(file).digest()
    assert watcher.reloads == {"applied": 1, "unchanged": 0, "refused": 0}


def test_a_change_that_the_clock_does_not_show_is_seen(file, active, watcher):
    """Same size and time of change, another content."""
    times = file.stat()
    file.write_text(BEFORE.replace("[password]", "[passwort]"))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    settle(watcher)

    assert active.current.version == load_policy(file).digest()


def test_asked_it_reads_at_once(file, active, watcher):
    """Whoever sends the signal says that the file is ready."""
    watcher.ask()
    watcher.look()

    assert watcher.reloads["unchanged"] == 1

    file.write_text(AFTER)
    watcher.ask()
    watcher.look()

    assert active.current.version == load_policy(file).digest()


def test_a_hash_rule_without_a_key_is_refused(file, active, watcher, monkeypatch, capfd):
    """What a start would refuse, a reload refuses."""
    monkeypatch.delenv("OTLOG_HASH_KEY", raising=False)
    before = active.current
    file.write_text(BEFORE.replace("[password]}", "[password], action: hash}"))
    settle(watcher)

    assert active.current is before
    assert "OTLOG_HASH_KEY" in capfd.readouterr().err


def test_the_thread_follows_the_file_also_in_a_forked_child(file, active, watcher):
    """Parent and child each see the change."""
    watcher.start()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        wait_for_rule(active)
        os.write(write, active.current.version.encode())
        os._exit(0)
    file.write_text(AFTER)
    wait_for_rule(active)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()

    assert os.waitpid(child, 0)[1] == 0
    assert told == active.current.version


def wait_for_rule(active):
    """Wait until the new rule is in force; end a child that waits in vain."""
    end = time.monotonic() + 60
    while active.current.attributes(RECORD)["badge_number"] == RECORD["badge_number"]:
        if time.monotonic() > end:
            os._exit(1)
        time.sleep(0.02)


class Record:
    """A record with a field for the old rule and one for the new."""

    def __init__(self):
        self.body = None
        self.event_name = None
        self.attributes = {"a_token": "tok-4711-Zq", "badge_number": "B-77120"}


def test_no_record_is_half_old_and_half_new(tmp_path, active):
    """Rules swap places under load: each record shows one set of rules or the other."""
    file = tmp_path / "swapped.yaml"
    texts = [f"version: 1\nkeys: [{{name: one, match: [{word}]}}]\n" for word in ("token", "badge")]
    engines = []
    for text in texts:
        file.write_text(text)
        engines.append(Engine(load_policy(file)))
    stopped = threading.Event()

    def swap():
        while not stopped.is_set():
            for engine in engines:
                active.replace(engine)

    thread = threading.Thread(target=swap)
    active.replace(engines[0])
    thread.start()
    whole = {(True, False), (False, True)}
    seen = set()
    deadline = time.monotonic() + 60
    rounds = 0
    while (rounds < 300 or seen < whole) and time.monotonic() < deadline:
        rounds += 1
        records = [Record() for _ in range(20)]
        active.current.records(records)
        seen.update(tuple(v.startswith("***") for v in r.attributes.values()) for r in records)
    stopped.set()
    thread.join()

    assert seen == whole
