"""One run: the native stack, every entry, an outage and a crash, and all that then lies around."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from demo.verdict import wait_until_settled
from security.entries import ENTRIES, Visitor
from security.planted import Planter, Secret
from stack.collector import CONFIGURATION, UNREDACTED
from stack.native import NativeStack

_SPOOL_SECONDS = 60.0
_VARIABLES = {
    # So that the metrics are there, and the spool is used, before the run ends.
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
    "OTLOG_QUEUE_SIZE": "40",
}


@dataclass(frozen=True)
class Rested:
    """What a run left behind.

    Attributes:
        folder: Everything that was written is below it; all programs have ended.
        planted: The secrets that came in.
        refused: Entries that could not be used, and why.
    """

    folder: Path
    planted: list[Secret]
    refused: dict[str, str]


def run(folder: Path, *, redacted: bool, tell: Callable[[str], None]) -> Rested:
    """Send secrets in everywhere, and stop.

    Args:
        folder: Where the stack writes.
        redacted: Whether processes and Collector redact; without, the search must find them.
        tell: Told of each step.

    Raises:
        StartError: A part of the stack did not start.
    """
    stack = _stack(folder, redacted=redacted)
    plant, refused = Planter(), {}
    with _open_umask(), stack.running(lambda part: tell(f"starting {part.name}")):
        with httpx.Client(base_url=stack.gateway.http, timeout=30) as client:
            visitor = Visitor(stack, client, plant)
            for name, enter in ENTRIES.items():
                tell(name)
                plant.at(name)
                try:
                    enter(visitor)
                except httpx.HTTPError as error:
                    refused[name] = type(error).__name__
            tell("the Collector away, and the gateway killed")
            _outage(visitor)
        wait_until_settled(stack.store.http, [])
        _kept(stack)
    return Rested(folder, plant.planted, refused)


def _stack(folder: Path, *, redacted: bool) -> NativeStack:
    rules = CONFIGURATION / "redaction.yaml" if redacted else UNREDACTED
    overlays = [CONFIGURATION / "overlays" / f"{name}.yaml" for name in ("store", "prometheus")]
    switch = {} if redacted else {"OTLOG_REDACTION": "off"}
    stack = NativeStack(
        folder,
        variables={**_VARIABLES, **switch},
        collector_files=[CONFIGURATION / "base.yaml", rules, *overlays],
    )
    for service in stack.services:
        service.variables["OTLOG_SPOOL"] = str((service.folder / "spool").resolve())
    for part in stack.parts:
        part.umask = 0
    return stack


def _outage(visitor: Visitor) -> None:
    """Fill the gateway's spool with no Collector there, kill it, and bring both back."""
    stack, name = visitor.stack, "requests during an outage"
    assert stack.collector is not None
    stack.collector.stop()
    visitor.plant.at(name)
    spool, end = stack.gateway.folder / "spool", time.monotonic() + _SPOOL_SECONDS
    while not _files(spool) and time.monotonic() < end:
        visitor.order(password=visitor.plant("password"), card_number=visitor.plant("payment card"))
    shutil.copytree(spool, stack.folder / "kept" / "spool", dirs_exist_ok=True)
    stack.gateway.kill()
    stack.gateway.start()
    stack.collector.start()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]


def _kept(stack: NativeStack) -> None:
    """Keep what others would read or export: the page for Prometheus, traces, and logs."""
    assert stack.collector is not None
    kept = stack.folder / "kept"
    kept.mkdir(exist_ok=True)
    page = f"http://127.0.0.1:{stack.collector.prometheus_port}/metrics"
    openmetrics = {"accept": "application/openmetrics-text"}
    (kept / "prometheus.txt").write_text(httpx.get(page, headers=openmetrics).text)
    for number, found in enumerate(_traces(stack.store.http)):
        (kept / f"trace-{number}.json").write_text(found)
    records = httpx.get(f"{stack.store.http}/api/logs", params={"limit": 10_000}, timeout=60)
    (kept / "logs.json").write_text(records.text)


def _traces(store: str) -> Iterator[str]:
    answer = httpx.get(f"{store}/api/traces", params={"limit": 200}, timeout=60).json()
    for one in answer["traces"]:
        yield httpx.get(f"{store}/api/traces/{one['trace_id']}", timeout=60).text


@contextlib.contextmanager
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)
