"""`otel-logging doctor`: a canary with planted secrets goes the real way, and is looked for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from otel_logging.cli.options import add_backend
from otel_logging.cli.output import console, print_json
from otel_logging.doctor.case import Pipeline
from otel_logging.doctor.collector_page import METRICS_URL
from otel_logging.doctor.examination import OF_A_COLLECTOR, STEPS, examine
from otel_logging.doctor.links import DATASOURCES
from otel_logging.doctor.outcome import Outcome

_MARKS = {"passed": "ok", "failed": "FAILED", "skipped": "-"}
_TITLES = {step.name: step.title for step in STEPS}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add = parser.add_argument
    add_backend(parser)
    add(
        "--collector",
        metavar="URL",
        default=METRICS_URL,
        help="the Collector's page of its own metrics; none where there is no Collector "
        "(%(default)s)",
    )
    add(
        "--prometheus",
        metavar="URL",
        default="http://127.0.0.1:9090",
        help="beside Loki and Tempo: where metrics are (%(default)s)",
    )
    add(
        "--datasources",
        type=Path,
        metavar="FILE",
        default=DATASOURCES,
        help="beside Loki and Tempo: what Grafana provisions (%(default)s)",
    )
    add("--timeout", type=float, default=60.0, metavar="S", help=_TIMEOUT)
    add("--max-skew", type=float, default=5.0, metavar="S", help=_SKEW)
    add(
        "--skip",
        action="append",
        default=[],
        metavar="STEP",
        choices=[*_TITLES],
        help=f"leave out a step, and those that need it: {', '.join(_TITLES)}; repeatable",
    )


_TIMEOUT = "seconds that what was sent has to arrive (%(default)g)"
_SKEW = "seconds by which clocks may differ (%(default)g)"


def run(options: argparse.Namespace) -> int:
    """Print what comes of each step; 0 when none failed, 1 when one did."""
    with_collector = options.collector != "none"
    pipeline = Pipeline(
        os.environ,
        options.backend,
        options.collector if with_collector else None,
        options.prometheus,
        options.datasources,
        options.timeout,
        options.max_skew,
    )
    skipped = {*options.skip, *(() if with_collector else OF_A_COLLECTOR)}
    outcomes = examine(pipeline, skipped)
    found = list(outcomes) if options.json else list(_shown(outcomes))
    failed = [one.step for one in found if one.state == "failed"]
    verdict = f"failed: {', '.join(failed)}" if failed else "the pipeline is whole"
    if options.json:
        print_json({"steps": found, "failed": failed, "verdict": verdict})
    else:
        console().print(f"doctor: {verdict}")
    return 1 if failed else 0


def _shown(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    out = console()
    for one in outcomes:
        line = f"{_MARKS[one.state]:<7} {_TITLES[one.step]:<31} {one.detail}"
        out.print(line.rstrip(), soft_wrap=True)
        if one.advice:
            out.print(f"{'':<7} → {one.advice}", soft_wrap=True)
        yield one
