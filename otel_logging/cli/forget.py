"""`otel-logging forget`: delete one person from stores, spools and archives."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from otel_logging.archive import (
    ArchiveError,
    create,
    read_identities,
    read_recipients,
    restore,
)
from otel_logging.audit import Auditor, Finding, Needles
from otel_logging.audit.files import of_paths
from otel_logging.audit.needles import MIN_CHARACTERS
from otel_logging.bridge.forgetting import forget_in_spool
from otel_logging.bridge.spool import WAITING
from otel_logging.cli.commands import CommandError
from otel_logging.redaction import parse_policy
from otel_logging.store.errors import StoreError
from otel_logging.store.people import SHORTEST_TEXT, forget
from otel_logging.store.slices import SUFFIX, Slices


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("user", help="the person's user.id")
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="store folder, spool folder, or archive"
    )
    parser.add_argument(
        *("--identity", "-i"), type=Path, metavar="FILE", help="private key that opens the archives"
    )
    parser.add_argument(
        *("--recipient", "-r"),
        action="append",
        default=[],
        help="who can open the archives afterwards; age1…, repeatable",
    )


def run(options: argparse.Namespace) -> int:
    """Delete, and see that nothing is left.

    Raises:
        CommandError: Something could not be deleted, or still holds the person.
    """
    # What is written anew is as private as what it replaces.
    os.umask(0o077)
    try:
        for path in options.paths:
            gone = _in_archive(path, options) if path.is_file() else _in_folder(path, options.user)
            print(f"{path}: {gone} rows deleted")
    except (ArchiveError, StoreError, OSError) as error:
        raise CommandError(str(error)) from error
    return 0


def _in_archive(archive: Path, options: argparse.Namespace) -> int:
    """Make an archive anew without the person, and put it in the old one's place."""
    if options.identity is None or not options.recipient:
        raise CommandError(f"{archive} is an archive: name its key by -i, and a recipient by -r")
    recipients = read_recipients(options.recipient, [])
    with tempfile.TemporaryDirectory(prefix=".forget-", dir=archive.parent) as name:
        restored, fresh = Path(name) / "restored", Path(name) / "fresh"
        restore(archive, read_identities(options.identity), restored)
        gone = _in_folder(restored, options.user)
        create(sorted(restored.iterdir()), fresh, recipients)
        fresh.replace(archive)
    return gone


def _in_folder(folder: Path, user: str) -> int:
    """Delete the person from every store and spool below a folder."""
    stores, spools = _holders(folder, SUFFIX), _holders(folder, WAITING)
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder or archive")
    gone = sum(_in_store(store, user) for store in stores)
    gone += sum(forget_in_spool(spool, user) for spool in spools)
    if left := _left(folder, user):
        raise CommandError(f"{folder}: the person still stands in {', '.join(left)}")
    return gone


def _holders(folder: Path, suffix: str) -> list[Path]:
    return sorted({path.parent for path in folder.rglob(f"*{suffix}")})


def _in_store(folder: Path, user: str) -> int:
    slices = Slices(folder)
    try:
        return forget(slices, user)
    finally:
        slices.close()


def _left(folder: Path, user: str) -> Sequence[str]:
    """Return the files that still hold the person's ID, or cannot be searched."""
    if len(user) < max(SHORTEST_TEXT, MIN_CHARACTERS):
        return []
    auditor = Auditor(parse_policy("version: 1\n"), needles=Needles([user]))
    found = auditor.run(of_paths([folder], lambda _name, _size: None))
    return sorted({one.location if isinstance(one, Finding) else one.where for one in found})
