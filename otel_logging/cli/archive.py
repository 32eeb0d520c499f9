"""`otel-logging archive`: put files away encrypted, check them, bring them back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from otel_logging.archive import (
    ArchiveError,
    Manifest,
    Member,
    create,
    make_identity,
    read_identities,
    read_recipients,
    restore,
    verify,
)
from otel_logging.cli.commands import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    key = actions.add_parser("key", help="make a key pair; prints the recipient")
    key.add_argument("identity", type=Path, metavar="FILE", help="the private key's file to make")
    key.set_defaults(act=_key)
    make = actions.add_parser("create", help="encrypt files and folders into one archive")
    make.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files and folders")
    make.add_argument("--output", "-o", required=True, type=Path, metavar="FILE", help="archive")
    make.add_argument("--recipient", "-r", action="append", default=[], help="age1…; repeatable")
    make.add_argument(
        *("--recipients-file", "-R"),
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="recipients, one a line; repeatable",
    )
    make.set_defaults(act=_create)
    check = actions.add_parser("verify", help="read an archive to its end and compare all sums")
    check.set_defaults(act=_verify)
    back = actions.add_parser("restore", help="put an archive's files into a new folder")
    back.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="folder to make")
    back.set_defaults(act=_restore)
    for action in (check, back):
        action.add_argument("archive", type=Path, metavar="ARCHIVE")
        action.add_argument(
            *("--identity", "-i"), required=True, type=Path, metavar="FILE", help="private key"
        )


def run(options: argparse.Namespace) -> int:
    """Do one action.

    Raises:
        CommandError: When it cannot be done; nothing half done is left.
    """
    try:
        options.act(options)
    except ArchiveError as error:
        raise CommandError(f"archive: {error}") from error
    return 0


def _key(options: argparse.Namespace) -> None:
    print(make_identity(options.identity))


def _create(options: argparse.Namespace) -> None:
    recipients = read_recipients(options.recipient, options.recipients_file)
    with _progress() as told:
        manifest = create(options.paths, options.output, recipients, told)
    _summary(str(options.output), manifest)


def _verify(options: argparse.Namespace) -> None:
    with _progress() as told:
        manifest = verify(options.archive, read_identities(options.identity), told)
    _summary(f"{options.archive} is whole", manifest)


def _restore(options: argparse.Namespace) -> None:
    with _progress() as told:
        manifest = restore(options.archive, read_identities(options.identity), options.to, told)
    _summary(str(options.to), manifest)


def _summary(what: str, manifest: Manifest) -> None:
    print(
        f"{what}: {len(manifest.members)} files, {manifest.size} bytes, made {manifest.created}",
        file=sys.stderr,
    )


@contextmanager
def _progress() -> Iterator[Callable[[Member], None]]:
    """Show what is done, on a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.fields[file]}"), DownloadColumn())
    console = Console(stderr=True)
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=None, file="")
        yield lambda member: progress.update(task, advance=member.size, file=member.name)
