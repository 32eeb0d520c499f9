"""The order of the steps, what each needs, and running them."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator
from typing import Final, NamedTuple

from otel_logging.backends import BackendError
from otel_logging.doctor import steps
from otel_logging.doctor.case import Case, Pipeline
from otel_logging.doctor.outcome import Outcome, StepError


class Step(NamedTuple):
    """One step.

    Attributes:
        name: As it is told and skipped by.
        title: What holds where it passes.
        run: Returns what it saw; raises StepError.
        needs: The steps without which it cannot say anything.
    """

    name: str
    title: str
    run: Callable[[Case], str]
    needs: tuple[str, ...] = ()


STEPS: Final = (
    Step("settings", "the process's settings", steps.settings),
    Step("search", "leaks would be found", steps.search, ("settings",)),
    Step("exporter", "exporter reaches the Collector", steps.exporter, ("settings",)),
    Step("backend", "backend answers", steps.backend),
    Step("canary", "a process sends", steps.canary, ("exporter",)),
    Step("log", "log arrives", steps.log, ("canary", "backend")),
    Step("trace", "trace arrives", steps.trace, ("canary", "backend")),
    Step("log-to-trace", "log → trace", steps.log_to_trace, ("log", "trace")),
    Step("trace-to-log", "trace → log", steps.trace_to_log, ("log", "trace")),
    Step("metric", "metric and exemplar arrive", steps.metric, ("canary", "backend")),
    Step("span-metrics", "Collector measures spans", steps.span_metrics, ("metric", "trace")),
    Step("collector", "Collector redacts", steps.collector, ("log", "trace")),
    Step("rules", "one version of the rules", steps.rules, ("settings", "backend")),
    Step("clock", "clocks agree", steps.clock, ("backend",)),
    Step("secrets", "no secret in any store", steps.secrets, ("canary", "backend")),
)
OF_A_COLLECTOR: Final = frozenset({"collector", "span-metrics"})
"""Steps that say nothing where processes send straight to the store."""


def examine(pipeline: Pipeline, skipped: Container[str] = ()) -> Iterator[Outcome]:
    """Yield what comes of each step, in their order."""
    case = Case(pipeline, time.time_ns())
    passed: set[str] = set()
    for step in STEPS:
        outcome = _outcome(step, case, passed, skipped)
        if outcome.state == "passed":
            passed.add(step.name)
        yield outcome


def _outcome(step: Step, case: Case, passed: set[str], skipped: Container[str]) -> Outcome:
    if step.name in skipped:
        return Outcome(step.name, "skipped", "as told")
    missing = [name for name in step.needs if name not in passed]
    if missing:
        return Outcome(step.name, "skipped", f"needs {', '.join(missing)}")
    try:
        return Outcome(step.name, "passed", step.run(case))
    except StepError as error:
        return Outcome(step.name, "failed", error.reason, error.advice)
    except BackendError as error:
        return Outcome(step.name, "failed", str(error), "start it, or give its URL by --backend")
