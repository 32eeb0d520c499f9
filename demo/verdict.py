"""What the store says of the run: counts, orphans, and leaks anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from otel_logging.audit import Auditor, Finding, Needles
from otel_logging.audit.files import of_paths
from otel_logging.redaction import parse_policy
from stack.collector import VERSION
from stack.native import SERVICES, NativeStack

_SETTLE_SECONDS = 90.0
_QUIET_SECONDS = 3.0
# A rule may take a row of digits in a queue's framing for a secret; what was planted is certain.
_NO_RULES = "version: 1\n"


@dataclass(frozen=True)
class Verdict:
    """The demo's result, every figure read back from the store."""

    collector: str
    services: Sequence[str]
    traces: int
    spans: int
    logs: int
    orphan_logs: int
    leaks: Sequence[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The one line that the demo ends with."""
        return (
            f"demo: collector={self.collector} services={len(self.services)} "
            f"traces={self.traces} spans={self.spans} logs={self.logs} "
            f"orphan_logs={self.orphan_logs} leaks={len(self.leaks)}"
        )

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        complete = set(self.services) == set(SERVICES) and self.traces >= 4
        return (
            complete and self.spans > 0 and self.logs > 0 and not (self.orphan_logs or self.leaks)
        )


def wait_until_settled(store: str, trace_ids: Sequence[str]) -> None:
    """Wait until the traces are in the store and nothing more arrives for a while.

    Raises:
        TimeoutError: naming the traces that did not arrive.
    """
    deadline = time.monotonic() + _SETTLE_SECONDS
    seen, quiet_since = None, time.monotonic()
    missing = list(trace_ids)
    while time.monotonic() < deadline:
        missing = [one for one in missing if not _stored(store, one)]
        summary = _summary(store)
        counts = (summary["spans"], summary["logs"], summary["orphan_logs"])
        if counts != seen:
            seen, quiet_since = counts, time.monotonic()
        if not missing and time.monotonic() - quiet_since > _QUIET_SECONDS:
            return
        time.sleep(0.3)
    raise TimeoutError(f"these traces did not reach the store: {', '.join(missing) or 'none'}")


def judge(stack: NativeStack, needles: Sequence[str]) -> Verdict:
    """Read the counts back, and look for every planted secret wherever telemetry rests."""
    summary = _summary(stack.store.http)
    return Verdict(
        collector=VERSION if stack.collector else "none",
        services=summary["services"],
        traces=summary["traces"],
        spans=summary["spans"],
        logs=summary["logs"],
        orphan_logs=summary["orphan_logs"],
        leaks=[*_leaks_in_store(stack.store.http, needles), *_leaks_in_files(stack, needles)],
    )


def _leaks_in_store(store: str, needles: Sequence[str]) -> Iterator[str]:
    answer = httpx.post(f"{store}/api/scan", json={"needles": list(needles)}, timeout=120)
    answer.raise_for_status()
    for finding in answer.json()["findings"]:
        yield f"store {finding['table']}.{finding['column']}: {finding['count']}"


def _leaks_in_files(stack: NativeStack, needles: Sequence[str]) -> Iterator[str]:
    """Where the audit finds a planted secret, in any form, or a file that it cannot read."""
    auditor = Auditor(parse_policy(_NO_RULES), needles=Needles(needles))
    paths = [part.log_file for part in stack.parts]
    if stack.collector:
        paths.append(stack.collector.queue_folder)
    for found in auditor.run(of_paths(paths, lambda _name, _size: None)):
        reason = found.rule if isinstance(found, Finding) else found.reason
        where = found.location if isinstance(found, Finding) else found.where
        yield f"{where.removeprefix(f'{stack.folder}/')}: {reason}"


def _stored(store: str, trace_id: str) -> bool:
    return httpx.get(f"{store}/api/traces/{trace_id}", timeout=30).status_code == 200


def _summary(store: str) -> dict[str, Any]:
    answer = httpx.get(f"{store}/api/summary", timeout=30)
    answer.raise_for_status()
    summary: dict[str, Any] = answer.json()
    return summary
