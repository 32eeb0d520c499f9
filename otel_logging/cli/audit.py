"""`otel-logging audit`: look for secrets in files, standard input or a running backend."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from otel_logging.audit import (
    Auditor,
    Baseline,
    BaselineError,
    Finding,
    Fingerprints,
    NeedleError,
    Needles,
    Problem,
)
from otel_logging.audit.baseline import read_salt, write
from otel_logging.audit.files import STANDARD_INPUT, Advance, of_paths, of_stream
from otel_logging.audit.items import Item
from otel_logging.cli.audit_report import FORMATS
from otel_logging.redaction import PolicyError, load_policy

FOUND = 1
NOT_DONE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files and folders; - is standard input")
    add("--backend", metavar="URL", help="a running store, or loki+tempo:URL,URL")
    add("--policy", type=Path, metavar="FILE", help="policy file (the package's own)")
    add("--service", metavar="NAME", help="the service whose section applies")
    add("--format", choices=FORMATS, default="table", help="%(choices)s (%(default)s)")
    add("--quiet", "-q", action="store_true", help="print errors only; the exit code tells")
    add(
        "--needle-file",
        type=Path,
        metavar="FILE",
        help="also look for these texts in every form they can take, one a line",
    )
    add("--baseline", type=Path, metavar="FILE", help="findings that are accepted")
    add("--write-baseline", action="store_true", help="accept all findings: write --baseline")
    add("--salt-file", type=Path, metavar="FILE", help="salt of the fingerprints (random)")


def run(options: argparse.Namespace) -> int:
    """Print what is found; 0 when there is nothing, 1 when there is, 2 when that is not sure."""
    try:
        salt = read_salt(options.salt_file) if options.salt_file else None
        baseline = _baseline(options, salt)
        auditor = Auditor(
            load_policy(options.policy),
            options.service,
            needles=Needles.read(options.needle_file) if options.needle_file else None,
            fingerprints=(fingerprints := Fingerprints(baseline.salt or salt)),
            accepted=frozenset() if options.write_baseline else baseline.accepted,
        )
        found = _Audit(auditor, options).run()
        if options.write_baseline and not auditor.problems:
            write(options.baseline, found, fingerprints.salt, keep_salt=salt is None)
            print(f"{options.baseline}: accepts {auditor.findings} findings", file=sys.stderr)
            return 0
    except (BaselineError, NeedleError, PolicyError, _UsageError) as error:
        print(f"otel-logging audit: {error}", file=sys.stderr)
        return NOT_DONE
    if auditor.problems:
        return NOT_DONE
    return FOUND if auditor.findings else 0


class _UsageError(Exception):
    """Arguments that do not go together."""


class _Audit:
    """One run: where from, and where to."""

    def __init__(self, auditor: Auditor, options: argparse.Namespace) -> None:
        self._auditor = auditor
        self._options = options

    def run(self) -> list[Finding]:
        """Print findings as they come; they are kept only where a baseline is written.

        Raises:
            _UsageError: Nothing, or too much, was named to look at.
        """
        kept: list[Finding] = []
        write_line = self._printer()
        with self._progress() as advance:
            for each in self._auditor.run(self._items(advance)):
                if isinstance(each, Problem):
                    self._tell(each)
                elif self._options.write_baseline:
                    kept.append(each)
                else:
                    write_line(each)
        self._summary()
        return kept

    def _items(self, advance: Advance) -> Iterator[Item | Problem]:
        options = self._options
        if bool(options.paths) == bool(options.backend):
            raise _UsageError("name files or folders, or - for standard input, or --backend URL")
        if options.backend:
            try:
                from otel_logging.audit.running import of_backend  # noqa: PLC0415 - an extra
            except ModuleNotFoundError as error:
                hint = "pip install 'otel-logging[store]'"
                raise _UsageError(f"--backend needs {error.name}: {hint}") from None
            return of_backend(options.backend, advance)
        if STANDARD_INPUT in options.paths:
            if len(options.paths) > 1:
                raise _UsageError("- stands alone: audit files in a run of their own")
            return of_stream(sys.stdin.buffer, STANDARD_INPUT, advance)
        return of_paths([Path(path) for path in options.paths], advance)

    def _printer(self) -> Callable[[Finding], None]:
        if self._options.quiet or self._options.write_baseline:
            return lambda _finding: None
        line = FORMATS[self._options.format]
        is_alive = True

        def write_line(finding: Finding) -> None:
            nonlocal is_alive
            try:
                if is_alive:
                    print(line(finding), flush=True)
            except BrokenPipeError:
                # The reader has seen enough; the exit code must still tell of all.
                is_alive = False
                sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123

        return write_line

    def _tell(self, problem: Problem) -> None:
        if problem.fatal or not self._options.quiet:
            kind = "error" if problem.fatal else "note"
            print(f"{kind}: {problem.where}: {problem.reason}", file=sys.stderr)

    def _summary(self) -> None:
        if not self._options.quiet:
            auditor = self._auditor
            accepted = f", {auditor.accepted} accepted" if auditor.accepted else ""
            errors = (
                f", {auditor.problems} errors: not all was searched" if auditor.problems else ""
            )
            print(f"audit: {auditor.findings} findings{accepted}{errors}", file=sys.stderr)

    @contextmanager
    def _progress(self) -> Iterator[Advance]:
        """Say on a terminal what is being read, and how much of it was."""
        console = Console(stderr=True, highlight=False, markup=False)
        if self._options.quiet or not console.is_terminal:
            yield lambda _name, _amount: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False))
        progress = Progress(
            *columns,
            TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        with progress:
            task = progress.add_task("reading")
            total = 0

            def advance(name: str, amount: int) -> None:
                nonlocal total
                total += amount
                size = f"{total / 1e6:.1f} MB" if total > 10_000 else f"{total}"
                progress.update(task, description=f"{self._auditor.shown(name)[-60:]}  {size}")

            yield advance


def _baseline(options: argparse.Namespace, salt: bytes | None) -> Baseline:
    """The baseline that is named; an empty one where none is, or where it is to be written.

    Raises:
        BaselineError: It cannot be used.
        _UsageError: It is to be written, and is not named.
    """
    if options.write_baseline and not options.baseline:
        raise _UsageError("--write-baseline needs --baseline FILE")
    if options.baseline and (not options.write_baseline or options.baseline.exists()):
        return Baseline.read(options.baseline, salt)
    return Baseline()
