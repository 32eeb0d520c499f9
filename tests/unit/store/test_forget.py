"""`otel-logging forget`: one person goes from every store, spool and archive, and others stay."""

from __future__ import annotations

import re
import shutil
import stat
import threading
from pathlib import Path

import pytest

from otel_logging.archive import create, make_identity, read_identities, read_recipients, restore
from otel_logging.audit import Auditor, Needles
from otel_logging.audit.files import of_paths
from otel_logging.bridge.forgetting import forget_in_spool
from otel_logging.bridge.spool import Spool
from otel_logging.cli import main
from otel_logging.redaction import parse_policy
from tests.store import otlp
from tests.unit.store.conftest import NOW, OpenStore
from tests.unit.store.test_people import MINA, OTHER, TRACE, bodies, fill

ROOM = 1_000_000


def spool(folder: Path) -> Path:
    """Let requests of two people wait in a spool."""
    records = [
        otlp.log("mine", NOW, attributes={"user.id": MINA}),
        otlp.log(f"GET /users/{MINA}", NOW),
        otlp.log("yours", NOW, attributes={"user.id": OTHER}),
    ]
    spans = [
        otlp.span(TRACE, b"\1" * 8, NOW, attributes={"user.id": MINA}),
        otlp.span(TRACE, b"\2" * 8, NOW, attributes={"user.id": OTHER}),
    ]
    for signal, request in (("logs", otlp.logs(*records)), ("traces", otlp.traces(*spans))):
        assert Spool(folder, signal, ROOM).add(request.SerializeToString())
    return folder


def sent(folder: Path) -> bytes:
    """What a spool would send, and does here."""
    requests: list[bytes] = []
    for signal in ("logs", "traces"):
        assert Spool(folder, signal, ROOM).drain(lambda one: not requests.append(one))
    return b"".join(requests)


def found(folder: Path, text: str) -> set[str]:
    """The kinds of files below a folder that hold a text, in any encoding and column."""
    auditor = Auditor(parse_policy("version: 1\n"), needles=Needles([text]))
    places = (where(one) for one in auditor.run(of_paths([folder], lambda _name, _size: None)))
    return {match[0] for place in places for match in [re.search(r"\.(duckdb|otlp|log)", place)]}


def remains(folder: Path) -> list[Path]:
    """What was not tidied up."""
    return list(folder.glob(".*"))


def where(one: object) -> str:
    """Where something was found, or could not be searched."""
    return getattr(one, "location", None) or getattr(one, "where", "")


@pytest.fixture
async def held(opened: OpenStore, tmp_path: Path) -> Path:
    """A folder with a store and a spool that hold two people, and an archive of both."""
    async with opened as client:
        await fill(client)
    folder = tmp_path / "held"
    folder.mkdir()
    shutil.copytree(opened.folder, folder / "store")
    spool(folder / "spool")
    make_identity(tmp_path / "key")
    return folder


@pytest.fixture
def recipient(tmp_path: Path, held: Path) -> str:
    """Who may open the archive that is made of the folder."""
    text = re.search(r"age1\w+", (tmp_path / "key").read_text())
    assert text
    create([held / "store", held / "spool"], tmp_path / "a.age", read_recipients([text[0]], []))
    return text[0]


async def test_a_person_is_gone_from_store_spool_and_archive(
    held: Path, recipient: str, tmp_path: Path
) -> None:
    """Seen by a search of every column and file before and after; everybody else's is there."""
    key, archive = tmp_path / "key", tmp_path / "a.age"
    before = found(held, MINA)
    words = ("-i", str(key), "-r", recipient)

    code = main(["forget", MINA, str(held / "store"), str(held / "spool"), str(archive), *words])

    restore(archive, read_identities(key), tmp_path / "back")
    assert code == 0
    assert before == {".duckdb", ".otlp"}
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert remains(tmp_path) == []
    for place in (held, tmp_path / "back"):
        assert found(place, MINA) == set()
        assert {stat.S_IMODE(p.stat().st_mode) for p in place.rglob("*") if p.is_file()} == {0o600}
        async with OpenStore(place / "store") as client:
            assert await bodies(client) == ["nobody's", "nobody's", "yours", "yours"]
        waiting = sent(place / "spool")
        assert waiting.count(OTHER.encode()) == 2
        assert b"yours" in waiting
        assert b"mine" not in waiting


def test_what_cannot_be_forgotten_is_said_and_nothing_is_replaced(
    held: Path, recipient: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text file that names the person, a wrong key, none: the archive stays as it was."""
    archive, other = tmp_path / "b.age", tmp_path / "other"
    (held / "app.log").write_text(f"hello {MINA}\n")
    create([held], archive, read_recipients([recipient], []))
    make_identity(other)
    before = archive.read_bytes()

    def told(*words: str) -> str:
        assert main(["forget", MINA, str(archive), "-r", recipient, *words]) == 1
        return capsys.readouterr().err

    assert "app.log" in told("-i", str(tmp_path / "key"))
    assert "b.age" in told("-i", str(other))
    assert "-i" in told()
    assert archive.read_bytes() == before
    assert remains(tmp_path) == []


def test_a_short_id_and_a_spool_in_use(tmp_path: Path) -> None:
    """A short ID counts as `user.id` only; what is being sent is waited for."""
    folder, sending, go = tmp_path / "spool", threading.Event(), threading.Event()
    records = [otlp.log("own", NOW, attributes={"user.id": "7"}), otlp.log("7 apples", NOW)]
    one = Spool(folder, "logs", ROOM)
    one.add(otlp.logs(*records).SerializeToString())

    def away(_request: bytes) -> bool:
        sending.set()
        return not go.wait(60)

    threading.Thread(target=one.drain, args=(away,), daemon=True).start()
    assert sending.wait(60)
    gone: list[int] = []
    forgetting = threading.Thread(target=lambda: gone.append(forget_in_spool(folder, "7")))
    forgetting.start()
    assert gone == []
    go.set()
    forgetting.join(60)

    assert gone == [1]
    assert b"7 apples" in sent(folder)
