"""The store as a process: crashes, permissions, and what keeps it from starting."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from stack.store import Store
from tests.store import otlp

COMMAND = Path(sys.executable).with_name("otel-logging")
UID = "log.record.uid"


def send(client: httpx.Client, uid: str) -> None:
    """Deliver one record and wait for its 200."""
    record = otlp.log("x", attributes={UID: uid})
    content = otlp.logs(record).SerializeToString()
    client.post("/v1/logs", content=content, headers=otlp.PROTOBUF).raise_for_status()


def client_of(store: Store) -> httpx.Client:
    """Return a client of a running store."""
    return httpx.Client(base_url=store.http, timeout=60)


def stored(store: Store) -> set[str]:
    """Return the IDs of all records."""
    answer = httpx.get(f"{store.http}/api/logs", params={"limit": 10000}, timeout=60)
    return {record["uid"] for record in answer.raise_for_status().json()["records"]}


def test_what_was_answered_for_survives_kill_9(tmp_path: Path) -> None:
    """Killed under load three times: every record that got its 200 is there, once."""
    answered: list[str] = []
    store = Store(tmp_path)
    for round_ in range(3):
        store.start()
        done = threading.Event()

        def load(sender: int, round_: int = round_, done: threading.Event = done) -> None:
            try:
                with client_of(store) as client:
                    for number in range(100_000):
                        uid = f"{round_}-{sender}-{number}"
                        send(client, uid)
                        answered.append(uid)
                        if number == 50:
                            done.set()
            except httpx.HTTPError:
                return

        threads = [threading.Thread(target=load, args=(sender,)) for sender in range(2)]
        for thread in threads:
            thread.start()
        assert done.wait(120)
        store.kill()
        for thread in threads:
            thread.join()
    with store:
        found = stored(store)

        assert set(answered) <= found
        assert len(found) == httpx.get(f"{store.http}/api/summary").json()["logs"]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Set the mask that child processes inherit."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_files_are_private_whatever_the_mask(tmp_path: Path) -> None:
    """Under umask 000 the folder is 0700 and every file 0600, while running and after."""
    with umask(0):
        store = Store(tmp_path).start()
    try:
        send(client_of(store), "1")
        running = modes(store.data_folder)
    finally:
        store.stop()

    assert any(name.endswith(".wal") for name in running)
    for found in (running, modes(store.data_folder)):
        assert {0o600} == set(found.values())
    assert stat.S_IMODE(store.data_folder.stat().st_mode) == 0o700


def test_an_open_folder_is_closed_at_start(tmp_path: Path) -> None:
    """A folder and files that others could read are made private."""
    with Store(tmp_path) as store:
        send(client_of(store), "1")
    for path in (store.data_folder, *store.data_folder.iterdir()):
        path.chmod(0o777)
    with store:
        assert {0o600} == set(modes(store.data_folder).values())
        assert stat.S_IMODE(store.data_folder.stat().st_mode) == 0o700


def modes(folder: Path) -> dict[str, int]:
    """Return each file's permission bits."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it gives up."""
    return subprocess.run(
        [COMMAND, "store", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def test_another_name_for_this_machine_is_refused(store: Store) -> None:
    """On loopback only loopback's names are answered, so DNS rebinding reads nothing."""
    statuses = {
        host: httpx.get(f"{store.http}/api/summary", headers={"host": host}).status_code
        for host in (f"localhost:{store.port}", f"127.0.0.1:{store.port}", "evil.example")
    }

    assert list(statuses.values()) == [200, 200, 400]


def test_a_second_store_on_the_folder_is_refused(store: Store) -> None:
    """Two processes never write the same files; the message says what to do."""
    second = start("--folder", str(store.data_folder), "--port", "0")

    assert second.returncode == 1
    assert "another store is using it" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """The message names host and port and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = start("--folder", str(tmp_path), "--port", port)

    assert found.returncode == 1
    assert port in found.stderr
    assert "--port" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--folder", "/proc/nowhere"], "/proc/nowhere"),
        (["--folder", "X", "--retention-hours", "0"], "--retention-hours"),
        (["--folder", "X", "--max-bytes", "5"], "--max-bytes"),
        (["--folder", "X", "--port", "99999"], "--port"),
    ],
)
def test_bad_options_are_refused_at_start(tmp_path: Path, arguments: list[str], named: str) -> None:
    """Each refusal names the option that is wrong."""
    found = start(*(str(tmp_path) if word == "X" else word for word in arguments))

    assert found.returncode == 1
    assert named in found.stderr
    assert "Traceback" not in found.stderr


def test_a_file_open_elsewhere_is_not_set_aside(tmp_path: Path) -> None:
    """A good file that another program holds makes the start fail, and stays where it is."""
    store = Store(tmp_path)
    with store:
        send(client_of(store), "1")
    [file] = store.data_folder.glob("*.duckdb")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    words = [sys.executable, "-c", hold, str(file)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        found = start("--folder", str(store.data_folder), "--port", "0")
        other.kill()

    assert found.returncode == 1
    assert "open in another program" in found.stderr
    assert file.exists()
    with store:
        assert {"1"} == stored(store)


def test_a_full_disk_loses_nothing_that_comes_again(tmp_path: Path) -> None:
    """While no byte can be written the sender is told to come back, by 503 and not by 500."""
    record = otlp.log("x", attributes={UID: "kept"})
    content = otlp.logs(record).SerializeToString()
    with Store(tmp_path) as store, client_of(store) as client:
        send(client, "before")
        _, hard = resource.prlimit(store.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (1, hard))
        answer = client.post("/v1/logs", content=content, headers=otlp.PROTOBUF)
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (hard, hard))
        send(client, "kept")

        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert stored(store) == {"before", "kept"}
