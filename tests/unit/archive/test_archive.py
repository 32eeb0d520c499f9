"""Archives hold what was put in, for the right eyes only, and tell of every altered byte."""

import os
import random
import stat
import tarfile
from pathlib import Path

import msgspec
import pytest

from otel_logging.archive import ArchiveError, create, restore, verify
from otel_logging.archive.keys import make_identity, read_identities, read_recipients
from otel_logging.archive.manifest import Manifest
from otel_logging.cli import main
from otel_logging.store.slices import Slices

CONTENT = {
    "store/20261124T07.duckdb": random.Random(7).randbytes(300_000),
    "store/deep/er/사용자.log": "한글\n".encode(),
    "store/empty": b"",
}


@pytest.fixture(autouse=True)
def _open_umask():
    """Modes must not depend on the umask."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def store(tmp_path):
    """A folder with files, a link among them."""
    for name, data in CONTENT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "store/link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "store"


@pytest.fixture
def key(tmp_path):
    """A private key's file, and its recipient."""
    return tmp_path / "key", make_identity(tmp_path / "key")


@pytest.fixture
def archive(tmp_path, store, key):
    """An archive of the folder."""
    create([store], tmp_path / "a.age", read_recipients([key[1]], []))
    return tmp_path / "a.age"


def mode(path):
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_what_went_in_comes_out(tmp_path, archive, key):
    """Every file, byte for byte, with its time, private to its owner under an open umask."""
    manifest = restore(archive, read_identities(key[0]), tmp_path / "back")

    back = tmp_path / "back"
    files = {p.relative_to(back).as_posix(): p for p in back.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in files.items()} == CONTENT
    assert {mode(path) for path in files.values()} == {0o600}
    assert {mode(p) for p in [back, *back.rglob("*")] if p.is_dir()} == {0o700}
    assert mode(archive) == mode(key[0]) == 0o600
    assert manifest.size == sum(map(len, CONTENT.values()))
    for name, path in files.items():
        assert path.stat().st_mtime_ns == (tmp_path / name).stat().st_mtime_ns


def test_nothing_can_be_read_without_the_key(archive):
    """Neither content nor names stand in the archive."""
    data = archive.read_bytes()
    for name, content in CONTENT.items():
        assert name.encode() not in data
        assert not content or content not in data


def test_a_wrong_key_is_refused(tmp_path, archive):
    """Another identity opens nothing, and leaves nothing."""
    make_identity(tmp_path / "other")
    with pytest.raises(ArchiveError, match="wrong key"):
        restore(archive, read_identities(tmp_path / "other"), tmp_path / "back")
    assert not list(tmp_path.glob("*back*"))


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.7, 0.9999])
def test_an_altered_byte_is_refused(archive, key, part):
    """Wherever it stands: header, middle or end."""
    data = bytearray(archive.read_bytes())
    data[int(part * len(data))] ^= 1
    archive.write_bytes(data)
    with pytest.raises(ArchiveError):
        verify(archive, read_identities(key[0]))


@pytest.mark.parametrize("kept", [0, 1, 100, 65_000, 300_000, -1])
def test_a_cut_archive_is_refused(archive, key, kept):
    """Short by a byte or by most of it."""
    archive.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(ArchiveError):
        verify(archive, read_identities(key[0]))


def test_bytes_behind_the_end_are_refused(archive, key):
    """What is appended is not age's."""
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(ArchiveError):
        verify(archive, read_identities(key[0]))


def test_each_recipient_opens_it(tmp_path, store, key):
    """Two keys, one archive."""
    second = make_identity(tmp_path / "second")
    (tmp_path / "recipients").write_text(f"# both\n{key[1]}\n{second}\n")
    create([store], tmp_path / "a.age", read_recipients([], [tmp_path / "recipients"]))
    for identity in (key[0], tmp_path / "second"):
        assert len(verify(tmp_path / "a.age", read_identities(identity)).members) == 3


def test_a_changed_file_is_told_by_the_manifest(tmp_path, store, key, monkeypatch):
    """The sums are compared, not only counted."""
    monkeypatch.setattr(Manifest, "encode", _altered)
    create([store], tmp_path / "a.age", read_recipients([key[1]], []))
    monkeypatch.undo()
    with pytest.raises(ArchiveError, match="not those of its manifest"):
        verify(tmp_path / "a.age", read_identities(key[0]))


def _altered(manifest):
    first, *rest = manifest.members
    fake = msgspec.structs.replace(first, sha256="0" * 64)
    return msgspec.json.encode(msgspec.structs.replace(manifest, members=(fake, *rest)))


def test_names_do_not_lead_out_of_the_folder(tmp_path, store, key, monkeypatch):
    """A hostile archive writes nothing beside the folder."""
    real = tarfile.TarInfo
    monkeypatch.setattr(
        "otel_logging.archive.packing._header",
        lambda name, size, _=0: _sized(real("../out" if name.endswith("empty") else name), size),
    )
    create([store], tmp_path / "a.age", read_recipients([key[1]], []))
    monkeypatch.undo()
    with pytest.raises(ArchiveError, match="leads out"):
        restore(tmp_path / "a.age", read_identities(key[0]), tmp_path / "back")
    assert not (tmp_path / "out").exists()


def _sized(header, size):
    header.size = size
    return header


def test_a_running_store_is_not_archived(tmp_path, key):
    """Its files change; it is told to stop it first, and no archive is left."""
    slices = Slices(tmp_path / "data")
    try:
        with pytest.raises(ArchiveError, match="running store; stop it"):
            create([tmp_path / "data"], tmp_path / "a.age", read_recipients([key[1]], []))
    finally:
        slices.close()
    assert not list(tmp_path.glob("*a.age*"))


def test_nothing_is_written_over(tmp_path, store, archive, key):
    """Neither an archive, nor a folder, nor a key."""
    before = archive.read_bytes()
    with pytest.raises(ArchiveError, match="exists"):
        create([store], archive, read_recipients([key[1]], []))
    with pytest.raises(ArchiveError, match="exists"):
        restore(archive, read_identities(key[0]), store)
    with pytest.raises(ArchiveError, match="exists"):
        make_identity(key[0])
    assert archive.read_bytes() == before
    assert not list(tmp_path.glob(".*partial*"))


def test_the_command(tmp_path, store, capsys):
    """Key, create, verify, restore; messages on standard error, the recipient on output."""
    key, output, back = (str(tmp_path / name) for name in ("key", "a.age", "back"))
    assert main(["archive", "key", key]) == 0
    recipient = capsys.readouterr().out.strip()
    assert main(["archive", "create", str(store), "-o", output, "-r", recipient]) == 0
    assert main(["archive", "verify", output, "-i", key]) == 0
    assert "is whole: 3 files, " in capsys.readouterr().err
    assert main(["archive", "restore", output, "-i", key, "--to", back]) == 0
    assert (Path(back) / "store/deep/er/사용자.log").read_text() == "한글\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["create", "{store}", "-o", "{new}"], "at least one --recipient"),
        (["create", "{store}", "-o", "{new}", "-r", "AGE-SECRET-KEY-1QQ"], "not a recipient"),
        (["create", "{store}/none", "-o", "{new}", "-r", "{recipient}"], "no such file or folder"),
        (["verify", "{store}/none", "-i", "{key}"], "no such file"),
        (["verify", "{store}/empty", "-i", "{store}/empty"], "holds no identity"),
        (["verify", "{store}/empty", "-i", "{key}"], "wrong key, or not an archive"),
        (
            ["verify", "{store}/empty", "-i", "{store}/deep/er/사용자.log"],
            "line 1: not an identity",
        ),
    ],
)
def test_errors_say_what_to_do(tmp_path, store, key, capsys, words, told):
    """One line, exit code 1, and no key in it."""
    names = {"store": store, "new": tmp_path / "new", "key": key[0], "recipient": key[1]}
    assert main(["archive", *(word.format(**names) for word in words)]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "AGE-SECRET-KEY-1Q" not in error
    assert len(error.splitlines()) == 1
