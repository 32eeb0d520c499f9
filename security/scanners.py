"""Two searches that know nothing of each other: our own audit, and detect-secrets."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

from otel_logging.audit import Auditor, Finding, Needles
from otel_logging.audit.files import of_paths
from otel_logging.redaction import parse_policy
from security.places import PLACES, Place
from security.planted import Secret
from security.run import Rested

# What was planted is certain; a rule may take digits in a queue's framing for a number.
_NO_RULES = "version: 1\n"
_BREAK = re.compile(r"(?<=[,{}\[\]])\s*(?=[\"{\[])|[\x00-\x1f\ufffd]+|; ")
# Entropy finds every trace ID, and an address is no secret.
_NOISE = ("HighEntropyString", "IPPublicDetector")


def planted(rested: Rested, places: Sequence[Place] = PLACES) -> dict[str, list[Secret]]:
    """Return what was planted and rests in each place, but for what may; unread files are errors.

    Raises:
        ValueError: A file could not be searched.
    """
    auditor = Auditor(parse_policy(_NO_RULES), needles=Needles([s.text for s in rested.planted]))
    found: dict[str, list[Secret]] = {}
    for place in places:
        numbers = set(_numbers(auditor, place, rested.folder))
        secrets = (rested.planted[number - 1] for number in sorted(numbers))
        found[place.name] = [s for s in secrets if not {s.kind, s.entry} & place.may_hold]
    return found


def _numbers(auditor: Auditor, place: Place, folder: Path) -> Iterator[int]:
    files = place.files(folder)
    for each in auditor.run(of_paths(files, lambda _name, _size: None)):
        if isinstance(each, Finding):
            yield int(each.rule.removeprefix("needle:"))
        elif each.fatal:
            raise ValueError(f"{each.where}: {each.reason}")


def independent(rested: Rested, scratch: Path) -> dict[str, Counter[str]]:
    """Return what detect-secrets finds in each place's content as text, by its name for it."""
    classes: Iterable[type] = get_mapping_from_secret_type_to_class().values()
    names = sorted(one.__name__ for one in classes if not one.__name__.endswith(_NOISE))
    found: dict[str, Counter[str]] = {}
    with transient_settings({"plugins_used": [{"name": name} for name in names]}):
        for number, place in enumerate(PLACES):
            if place.may_hold:
                continue
            text = scratch / f"{number}.txt"
            with text.open("w") as file:
                for path in place.files(rested.folder):
                    for line in as_text(path):
                        # It reads line by line, and takes long for a long one.
                        file.write(_BREAK.sub("\n", line) + "\n")
            found[place.name] = Counter(secret.type for secret in scan_file(str(text)))
    return found


def as_text(path: Path) -> Iterator[str]:
    """Return a file as lines: tables row by row, anything else as it is read."""
    if path.suffix == ".duckdb":
        yield from _duckdb_rows(path)
    elif path.read_bytes().startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            yield from connection.iterdump()
    else:
        yield from path.read_bytes().decode("utf-8", "replace").splitlines()


def _duckdb_rows(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        for (table,) in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - its own name
            names = [column[0] for column in cursor.description or []]
            for row in cursor.fetchall():
                yield json.dumps(dict(zip(names, row, strict=True)), default=str)
