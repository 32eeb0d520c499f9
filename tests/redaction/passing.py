"""Passes cases through the real Collector, as it is configured or without its redaction."""

import base64
import json
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stack.collector import UNREDACTED, Collector
from tests.redaction.cases import Case
from tests.redaction.otlp import items, mapping, requests

PASS_THROUGH = UNREDACTED.read_text("utf-8")
"""Stands in the place of `collector/redaction.yaml` to redact nothing."""

_PATHS = {
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
}


def through(
    folder: Path, cases: Sequence[Case], redaction: str | None = None
) -> dict[str, dict[str, Any]]:
    """What comes out of the Collector, by the label of its case.

    Args:
        folder: Where it keeps its files.
        cases: What is sent, one request a signal.
        redaction: What stands in the place of `collector/redaction.yaml`.
    """
    collector = Collector(
        folder, overlays=("file",), variables={"OTLOG_COLLECTOR_FILE": str(folder / "files")}
    )
    if redaction is not None:
        collector.files[1] = folder / "redaction.yaml"
        collector.files[1].write_text(redaction, "utf-8")
    received: dict[str, dict[str, Any]] = {}
    with collector:
        for signal in _PATHS:
            _send(collector.http, signal, cases)
        deadline = time.monotonic() + 120
        while len(received) < len(cases) and time.monotonic() < deadline:
            time.sleep(0.3)
            for signal, path in _PATHS.items():
                for item in items(requests(folder / "files", signal), *path):
                    if name := _name_of(signal, item):
                        received[name] = item
    assert len(received) == len(cases)
    return received


def _send(url: str, signal: str, cases: Sequence[Case]) -> None:
    outer, middle, inner = _PATHS[signal]
    batch = [case.item() for case in cases if case.surface.signal == signal]
    body = json.dumps({outer: [{middle: [{inner: batch}]}]}).encode()
    request = urllib.request.Request(
        f"{url}/v1/{signal}", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=60).read()


def _name_of(signal: str, item: dict[str, Any]) -> str | None:
    """The case that an item was made from; None for what the Collector made itself."""
    if signal == "metrics":
        points = item.get("sum", {}).get("dataPoints", [])
        return mapping(points[0].get("attributes", [])).get("case") if points else None
    return mapping(item["attributes"]).get("case")


def strip(item: Any) -> Any:
    """An item's values as Python, so that escapes and base64 hide nothing."""
    if isinstance(item, dict):
        if "bytesValue" in item:
            return base64.b64decode(item["bytesValue"])
        return {key: strip(value) for key, value in item.items()}
    return [strip(value) for value in item] if isinstance(item, list) else item
