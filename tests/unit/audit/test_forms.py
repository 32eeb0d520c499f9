"""Every detector, encoding and format: what is planted is found, and none of it is told."""

import base64
import bz2
import gzip
import html
import json
import lzma
import secrets
import sqlite3
import string
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from otel_logging.audit import Auditor, Finding, Fingerprints, Needles
from otel_logging.audit.files import of_paths
from otel_logging.redaction import load_policy

POLICY = load_policy()


def word(size: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(size))


def card() -> str:
    """A random card number that satisfies Luhn."""
    digits = [4, *(secrets.randbelow(10) for _ in range(14))]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def jwt() -> str:
    """A random JSON Web Token."""
    parts = (json.dumps({"alg": "ES256"}), json.dumps({"sub": word(9)}), word(30))
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


SECRETS = {
    "password": lambda: (secret := f"Aa1!{word(12)}", f"login password={secret} user=mina"),
    "token": lambda: (secret := word(24), f"refresh_token: {secret}, ttl 60"),
    "bearer": lambda: (secret := word(30), f"header Bearer {secret}"),
    "jwt": lambda: (secret := jwt(), f"sent {secret} away"),
    "payment-card": lambda: (secret := card(), f"paid with {secret} today"),
    "email": lambda: (secret := f"{word(8).lower()}@example.org", f"mail to {secret} sent"),
    "url-userinfo": lambda: (secret := f"app:{word(12)}", f"postgresql://{secret}@db:5432/x"),
    "aws-key": lambda: (
        secret := "AKIA" + "".join(secrets.choice(string.ascii_uppercase) for _ in range(16)),
        f"key id {secret} used",
    ),
    "private-key": lambda: (
        secret := base64.b64encode(secrets.token_bytes(36)).decode(),
        f"-----BEGIN PRIVATE KEY----- {secret} -----END PRIVATE KEY-----",
    ),
}

ENCODINGS = {
    "plain": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
    "json": lambda text: json.dumps({"note": text}),
    "json twice": lambda text: json.dumps({"note": json.dumps({"note": text})}),
    "escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "entities": lambda text: "".join(f"&#{ord(char)};" for char in html.escape(text)),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "folded base64": lambda text: base64.encodebytes(f"{'filler ' * 12}{text}".encode()).decode(),
}

OUTERMOST = {
    "base64": "base64",
    "base64 url": "base64",
    "base64 twice": "base64",
    "hex": "hex",
    "escapes": "json",
    "entities": "entity",
    "gzip in base64": "base64",
    "folded base64": "base64",
}
"""The first of a finding's encodings, where the secret is sure to be changed by it."""


def _jsonl(path: Path, text: str) -> None:
    record = {"timestamp": "2026-11-24T00:00:00Z", "body": text, "attributes": {"note": text}}
    path.write_text(f"{json.dumps({'body': 'first', 'attributes': {}})}\n{json.dumps(record)}\n")


def _document(path: Path, text: str) -> None:
    path.write_text(json.dumps({"list": [{"deep": {"note": text}}]}, indent=2))


def _sqlite(path: Path, text: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE kept (number INTEGER, note TEXT, data BLOB)")
        database.execute("INSERT INTO kept VALUES (1, ?, ?)", (text, text.encode()))
        database.execute("INSERT INTO kept VALUES (2, NULL, ?)", (gzip.compress(text.encode()),))
    database.close()


def _duckdb(path: Path, text: str) -> None:
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA other")
        database.execute(
            "CREATE TABLE other.kept (note VARCHAR, data BLOB, items STRUCT(a VARCHAR)[])"
        )
        row = (text, text.encode(), [{"a": text}])
        database.execute("INSERT INTO other.kept VALUES (?, ?, ?)", row)


FORMATS = {
    "text": lambda path, text: path.write_text(f"first line\n{text}\nlast line\n"),
    "text without an end": lambda path, text: path.write_text(text),
    "jsonl": _jsonl,
    "document": _document,
    "utf-16": lambda path, text: path.write_text(f"first\n{text}\n", "utf-16"),
    "gzip": lambda path, text: path.write_bytes(gzip.compress(f"first\n{text}\n".encode())),
    "nested gzip": lambda path, text: path.write_bytes(
        gzip.compress(gzip.compress(f"first\n{text}\n".encode()))
    ),
    "gzip members": lambda path, text: path.write_bytes(
        gzip.compress(b"first\n") + gzip.compress(text.encode())
    ),
    "bzip2": lambda path, text: path.write_bytes(bz2.compress(text.encode())),
    "xz": lambda path, text: path.write_bytes(lzma.compress(text.encode())),
    "binary": lambda path, text: path.write_bytes(
        bytes(range(256)) * 4 + b"\0" + text.encode() + b"\0" + bytes(range(255, -1, -1))
    ),
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}


def audit(*paths: Path, needles: Needles | None = None) -> list[Finding]:
    """All findings in files, every one of which can be read."""
    auditor = Auditor(POLICY, needles=needles, fingerprints=Fingerprints(b"s" * 16))
    found = [*auditor.run(of_paths([*paths], lambda _name, _amount: None))]
    assert auditor.problems == 0, found
    return [each for each in found if isinstance(each, Finding)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("rule", SECRETS)
def test_every_encoding_of_every_secret(rule, encoding, tmp_path):
    """By rule and as a needle, in text and in records, and no finding shows it."""
    secret, text = SECRETS[rule]()
    encoded = ENCODINGS[encoding](text)
    FORMATS["text"](tmp_path / "text", encoded)
    FORMATS["jsonl"](tmp_path / "jsonl", encoded)

    found = audit(tmp_path, needles=Needles([secret]))

    assert secret not in repr(found)
    for is_needle in (False, True):
        chosen = [each for each in found if each.rule.startswith("needle:") is is_needle]
        files = {Path(each.location.partition(":")[0]).name for each in chosen}
        assert files == {"text", "jsonl"}
        if outermost := OUTERMOST.get(encoding):
            assert {each.encoding[0] for each in chosen} == {outermost}


@pytest.mark.parametrize("rule", SECRETS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_every_secret(form, rule, tmp_path):
    """By rule and as a needle, and no finding shows it."""
    secret, text = SECRETS[rule]()
    FORMATS[form](tmp_path / "file", text)

    found = audit(tmp_path, needles=Needles([secret]))

    assert {each.rule for each in found} > {"needle:1"}
    assert secret not in repr(found)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_planted_nothing_found(form, tmp_path):
    """A format by itself is no finding."""
    FORMATS[form](tmp_path / "file", "an order of 3 lamps was shipped in 12 ms")

    assert audit(tmp_path, needles=Needles([word(12)])) == []


def test_locations(tmp_path):
    """Line, column and row, and field, each in the words of its format."""
    text = f"password={word(12)}"
    for form in ("text", "jsonl", "document", "sqlite", "duckdb"):
        FORMATS[form](tmp_path / form, text)
    found = {(each.location.removeprefix(f"{tmp_path}/"), each.field) for each in audit(tmp_path)}

    assert found == {
        ("text:2", ""),
        ("jsonl:2", "body"),
        ("jsonl:2", "attributes.note"),
        ("document", "list[].deep.note"),
        ("sqlite!kept.note row 1", ""),
        ("sqlite!kept.data row 1", ""),
        ("sqlite!kept.data row 2", ""),
        ("duckdb!other.kept.note row 1", ""),
        ("duckdb!other.kept.data row 1", ""),
        ("duckdb!other.kept.items row 1", "[].a"),
    }


def test_same_secret_same_fingerprint(tmp_path):
    """However it is encoded, by key or in text; another secret has another one."""
    secret = word(14)
    (tmp_path / "a").write_text(f"password={secret}\n{quote(f'password={secret} &', safe='')}\n")
    (tmp_path / "b").write_text(json.dumps({"user": {"password": secret}}))
    (tmp_path / "c").write_text(f"password={word(14)}\n")
    found = audit(tmp_path)

    assert len(found) == 4
    assert len({each.fingerprint for each in found}) == 2


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("4539 1488 0343 6467", "4539148803436467"),
        ("4539 1488 0343 6467", "4539-1488-0343-6467"),
        ("4539148803436467", "4539 1488 0343 6467"),
        ("+82 10-1234-5678", "+821012345678"),
        ("s3cr/t pässword", quote("s3cr/t pässword", safe="").lower()),
        ("s3cr/t pässword", json.dumps(json.dumps("s3cr/t pässword"))),
        ("sixsix", base64.b64encode(b"\xff" + b"sixsix" + b"\xfe").decode()),
        ("sixsix", (b"\x00\xff" + b"sixsix").hex().upper()),
        ('wor"d\\s', 'a \\"wor\\\\\\"d\\\\\\\\s\\" b'),
        ("483920", '{"pin_like": 483920}'),
    ],
)
def test_needle_forms(needle, text, tmp_path):
    """Separators, encodings and numbers do not hide a needle."""
    (tmp_path / "file").write_text(f"before {text} after\n" if text[0] != "{" else text)
    found = audit(tmp_path, needles=Needles(["", needle]))

    assert "needle:2" in {each.rule for each in found}


def test_compressed_column(tmp_path):
    """A column of bytes is unpacked, and said to be."""
    _sqlite(tmp_path / "kept", f"password={word(12)}")

    assert [each.encoding for each in audit(tmp_path)] == [(), (), ("gzip",)]
