"""`otel-logging policy apply`: new rules for a running Collector, or the old ones back."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otel_logging.cli.collector import RunningCollector
from otel_logging.cli.commands import CommandError
from otel_logging.doctor.collector_page import policy_version
from otel_logging.redaction import Policy
from otel_logging.redaction.compiler import compile_policy

TIMEOUT: Final = 120.0
"""Seconds that the Collector has to show the new version."""

_POLL: Final = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--output", type=Path, default=Path("collector/redaction.yaml"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pid", type=int, help="process ID of the Collector")
    which.add_argument(
        "--pid-file", type=Path, metavar="FILE", help="file that holds the process ID"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="SECONDS",
        help="how long the Collector may take before the old rules are put back (%(default)g)",
    )


def run(policy: Policy, options: argparse.Namespace) -> int:
    """Put a policy in force in a Collector.

    Raises:
        CommandError: The Collector refused it or did not take it; the old rules are back.
    """
    change = Change(options.output, compile_policy(policy), policy.digest(), options.timeout)
    pid = _pid(options)
    if pid is None:
        change.place(change.candidate())
        print(f"{change.file}: written for policy {change.version}; no Collector was asked to")
        print("read it: name one by --pid or --pid-file")
        return 0
    collector = RunningCollector.of(pid)
    if not collector.reads(change.file):
        raise CommandError(f"process {pid} does not read {change.file}; name its file by --output")
    if change.is_in_force(collector):
        print(f"policy {change.version} is in force in the Collector already")
        return 0
    started = time.monotonic()
    try:
        change.apply(collector)
    except OSError as error:
        raise CommandError(f"{change.file}: {error.strerror}") from error
    took = time.monotonic() - started
    print(f"policy {change.version} is in force in the Collector ({took:.1f} s)")
    return 0


@dataclass(frozen=True)
class Change:
    """A new content for the Collector's file of rules.

    Attributes:
        file: The file.
        text: The new content.
        version: The policy's version in it.
        timeout: Seconds until the Collector has to show that version.
    """

    file: Path
    text: str
    version: str
    timeout: float

    def is_in_force(self, collector: RunningCollector) -> bool:
        """Tell whether file and Collector have it already."""
        same = self.file.is_file() and self.file.read_text("utf-8") == self.text
        return same and policy_version(collector.metrics_url) == self.version

    def apply(self, collector: RunningCollector) -> None:
        """Validate with the Collector's own program and files, write, reload, and see it in force.

        Raises:
            CommandError: It failed; file and Collector are as before.
        """
        candidate = self.candidate()
        try:
            reason = collector.refusal(self.file, candidate)
        except BaseException:
            candidate.unlink()
            raise
        if reason is not None:
            candidate.unlink()
            raise CommandError(f"the Collector refuses the rules, nothing was changed: {reason}")
        before = self.file.read_bytes()
        old = policy_version(collector.metrics_url)
        self.place(candidate)
        collector.reload()
        if not _shows(collector, self.version, self.timeout):
            self._undo(collector, before, old)

    def candidate(self) -> Path:
        """Write the content to a file beside the file, with the same mode."""
        path = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        path.write_text(self.text, "utf-8")
        if self.file.exists():
            path.chmod(self.file.stat().st_mode & 0o777)
        return path

    def place(self, candidate: Path) -> None:
        """Put a candidate in the file's place: readers see the old content or the new one."""
        with candidate.open("rb") as file:
            os.fsync(file.fileno())
        candidate.replace(self.file)

    def _undo(self, collector: RunningCollector, before: bytes, old: str | None) -> None:
        candidate = self.candidate()
        candidate.write_bytes(before)
        self.place(candidate)
        trouble = f"the Collector did not show policy {self.version} within {self.timeout:g} s"
        if not collector.running:
            raise CommandError(
                f"the Collector ended while it read policy {self.version}; the old rules are back "
                f"in {self.file}: start it again"
            )
        collector.reload()
        if old and _shows(collector, old, self.timeout):
            raise CommandError(f"{trouble}; the old rules are back in force ({old})")
        raise CommandError(f"{trouble}; the old rules are back in {self.file}, but not seen to run")


def _shows(collector: RunningCollector, version: str, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while collector.running and time.monotonic() < end:
        if policy_version(collector.metrics_url) == version:
            return True
        time.sleep(_POLL)
    return False


def _pid(options: argparse.Namespace) -> int | None:
    if options.pid_file is None:
        pid: int | None = options.pid
        return pid
    try:
        return int(options.pid_file.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{options.pid_file} holds no process ID: {error}") from error
