"""`otel-logging policy status`: which rules are in force where, and whether they are the same."""

from __future__ import annotations

import argparse
import os
import time
from typing import Final

from otel_logging.backends import BackendError, OverviewQuery, open_backend
from otel_logging.cli.options import BACKEND_VARIABLE, DEFAULT_BACKEND
from otel_logging.cli.output import print_json
from otel_logging.doctor.collector_page import policy_version
from otel_logging.doctor.processes import heard
from otel_logging.doctor.rules import Place, judge, of_collector
from otel_logging.redaction import Policy

_NS: Final = 10**9


def run(policy: Policy, options: argparse.Namespace) -> int:
    """Print where which version is; 0 the same everywhere, 1 not, 3 something did not answer."""
    places = [Place("policy file", policy.digest(), str(options.policy or "the package's own"))]
    url = options.backend or os.environ.get(BACKEND_VARIABLE) or DEFAULT_BACKEND
    places += _processes(url, time.time_ns() - int(options.within * _NS))
    if options.collector != "none":
        places.append(of_collector(options.collector, policy_version(options.collector)))
    code, verdict = judge(places)
    if options.json:
        print_json({"places": places, "verdict": verdict})
    else:
        for place in places:
            print(_line(place))
        print(verdict)
    return code


def _processes(url: str, since_ns: int) -> list[Place]:
    """One place for each process that the backend heard of."""
    try:
        backend = open_backend(url)
        try:
            found = heard(backend, OverviewQuery(since_ns=since_ns))
        finally:
            backend.close()
    except BackendError as error:
        return [Place("processes", None, str(error))]
    return found or [Place("processes", None, f"none was heard by {url}")]


def _line(place: Place) -> str:
    parts = [f"{place.where:<16}{place.version or '?':<14}{place.detail}"]
    if place.redactions is not None:
        parts.append(f"{place.redactions} redacted, {place.failures} failed")
    if place.refused:
        parts.append(f"{place.refused} changed files REFUSED: see its standard error")
    return "  ".join(part for part in parts if part).rstrip()
