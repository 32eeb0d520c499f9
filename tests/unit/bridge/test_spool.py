"""Requests in files: closed to others, bounded, oldest first, sent by one process at a time."""

import os
import stat

import pytest

from otel_logging.bridge.spool import Spool
from otel_logging.settings import SettingsError


class Receiver:
    """Takes requests until it is away."""

    def __init__(self, answers=()):
        self.answers = list(answers)
        self.requests = []

    def send(self, request):
        """Answer as told, then take everything."""
        taken = self.answers.pop(0) if self.answers else True
        if taken:
            self.requests.append(request)
        return taken


@pytest.fixture
def folder(tmp_path):
    """Where the spool is."""
    return tmp_path / "spool"


def files(folder, suffix=".otlp"):
    """The files of a kind."""
    return sorted(folder.glob(f"*{suffix}"))


def test_what_is_kept_is_sent_in_order_and_gone(folder):
    """By another spool, as another process would have."""
    first = Spool(folder, "logs", 1_000_000)
    assert all(first.add(b"%d" % number) for number in range(20))
    receiver = Receiver()

    assert Spool(folder, "logs", 1_000_000).drain(receiver.send)
    assert [b"%d" % number for number in range(20)] == receiver.requests
    assert files(folder) == []


def test_only_the_user_can_read_it(folder):
    """The folder and every file in it, locks included."""
    spool = Spool(folder, "logs", 1_000_000)
    spool.add(b"x")
    spool.drain(Receiver([False]).send)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_a_folder_that_others_can_read_is_refused(folder):
    """With what to do."""
    folder.mkdir()
    folder.chmod(0o755)

    with pytest.raises(SettingsError, match="chmod 700"):
        Spool(folder, "logs", 1_000_000)


def test_it_is_bounded_over_all_signals(folder):
    """What does not fit is refused, and fits once there is room."""
    logs, traces = Spool(folder, "logs", 1_000), Spool(folder, "traces", 1_000)
    assert logs.add(b"x" * 400)
    assert traces.add(b"x" * 400)
    assert not logs.add(b"x" * 400)
    logs.drain(Receiver().send)

    assert traces.add(b"x" * 400)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 1_000


def test_it_stops_when_the_receiver_is_away_and_goes_on_there(folder):
    """Nothing is skipped."""
    spool = Spool(folder, "logs", 1_000_000)
    for number in range(4):
        spool.add(b"%d" % number)
    receiver = Receiver([True, False])

    assert not spool.drain(receiver.send)
    assert spool.drain(receiver.send)
    assert receiver.requests == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[:-1] + b"!"]
)
def test_a_damaged_file_is_set_aside(folder, damage):
    """Those around it are sent."""
    spool = Spool(folder, "logs", 1_000_000)
    for number in range(3):
        spool.add(b"number %d" % number)
    victim = files(folder)[1]
    victim.write_bytes(damage(victim.read_bytes()))
    receiver = Receiver()

    assert spool.drain(receiver.send)
    assert receiver.requests == [b"number 0", b"number 2"]
    assert [victim.with_suffix(".damaged")] == files(folder, ".damaged")


def test_two_processes_do_not_send_the_same(folder):
    """While one sends, the other leaves the files alone."""
    one, other = (Spool(folder, "logs", 1_000_000) for _ in range(2))
    one.add(b"x")
    inside = []

    def send(request):
        inside.append(other.drain(Receiver().send))
        return True

    assert one.drain(send)
    assert inside == [False]


def test_a_forked_child_does_not_keep_its_parents_lock(folder):
    """The child has a copy of the lock's descriptor; the parent lets go of it all the same."""
    spool, other = Spool(folder, "logs", 1_000_000), Spool(folder, "logs", 1_000_000)
    spool.add(b"x")
    read_end, write_end = os.pipe()
    children = []

    def send(_):
        child = os.fork()
        if child == 0:
            os.close(write_end)
            spool.after_fork()
            os.read(read_end, 1)
            os._exit(0)
        children.append(child)
        return False

    assert not spool.drain(send)
    assert other.drain(Receiver().send)
    os.close(write_end)
    assert os.waitpid(children[0], 0)[1] == 0


def test_what_a_killed_process_had_begun_is_removed(folder):
    """At the next start."""
    Spool(folder, "logs", 1_000_000)
    (folder / "logs-1-1-1.part").write_bytes(b"half")
    Spool(folder, "logs", 1_000_000)

    assert files(folder, ".part") == []


def test_a_disk_that_fails_is_no_error(folder):
    """The caller keeps what it has."""
    spool = Spool(folder, "logs", 1_000_000)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()

    assert not spool.add(b"x")
    assert not spool.drain(Receiver().send)
