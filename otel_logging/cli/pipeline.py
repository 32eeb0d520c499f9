"""`otel-logging pipeline test`: records into a Collector's configuration, and what comes out."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from otel_logging.cli.commands import CommandError
from otel_logging.pipeline.cases import CasesError, read
from otel_logging.pipeline.configuration import ConfigurationError
from otel_logging.pipeline.running import Result, RunError
from otel_logging.pipeline.running import run as run_cases

VARIABLE: Final = "OTELCOL_BIN"
FAILED: Final = 1
UNUSABLE: Final = 2
_BUILT: Final = ".tools/collector/otelcol"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    test = commands.add_parser(
        "test",
        help="run cases on the real Collector",
        description="Each case is sent to a Collector of its own that has the given configuration, "
        "its receivers and exporters replaced by the test's; what comes out is compared. "
        "docs/pipeline-tests.md describes the file. "
        "Exit codes: 0 all as expected, 1 a difference, 2 a file cannot be used.",
    )
    test.add_argument("cases", type=Path, nargs="+", metavar="CASES.yaml", help="files of cases")
    test.add_argument(
        "--program",
        metavar="FILE",
        help=f"the Collector's binary ({VARIABLE}, or otelcol-contrib or otelcol on the PATH)",
    )


def run(options: argparse.Namespace) -> int:
    """Print what comes of each case."""
    program = options.program or os.environ.get(VARIABLE) or _found()
    failed = total = 0
    try:
        suites = [read(file) for file in options.cases]
        for suite in suites:
            for result in run_cases(suite, program):
                total += 1
                failed += bool(result.differences)
                _show(suite.file, result)
    except (CasesError, ConfigurationError, RunError) as error:
        print(f"otel-logging pipeline test: {error}", file=sys.stderr)
        return UNUSABLE
    print(f"pipeline: {total} cases, {failed} failed")
    return FAILED if failed else 0


def _show(file: str, result: Result) -> None:
    case = result.case
    if not result.differences:
        print(f"ok      {case.name}")
        return
    print(f"FAILED  {case.name} ({file}:{case.line})")
    for line in result.differences:
        print(f"        {line}")


def _found() -> str:
    for name in ("otelcol-contrib", "otelcol"):
        if path := shutil.which(name):
            return path
    if Path(_BUILT).exists():
        return _BUILT
    raise CommandError(f"no Collector is found: name one by --program or {VARIABLE}")
