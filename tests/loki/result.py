"""What was found on the real Loki, Tempo and Prometheus, kept as a file and shown in the docs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sized
from pathlib import Path
from typing import Any

from otel_logging.backends import Backend
from stack import collector, loki, named, tempo
from tests.loki.answers import ask
from tests.loki.questions import ROOT, digest, questions
from tests.loki.running import RealRun

FILE = Path(__file__).with_name("RESULT.json")
PAGE = ROOT / "docs" / "loki-tempo.md"
BEGIN = "<!-- begin: written by `make loki-result` -->\n"
END = "<!-- end -->\n"


def of(run: RealRun) -> dict[str, Any]:
    """The result of a run."""
    found = ask(run)
    return {
        "versions": versions(),
        "digest": digest(),
        "queries": {
            "run": len(found),
            "empty": sum(count == 0 for count in found.values()),
            "failed": sum(count is None for count in found.values()),
        },
        "stored": {
            "log records": _counts(run, run.records),
            "spans": _counts(run, run.spans),
        },
        "answers": [
            {"asked": one.name, "of": one.to, "query": one.query, "found": found[one.name]}
            for one in questions()
        ],
    }


def versions() -> dict[str, str]:
    """The version of each program that took part."""
    return {
        "Collector": collector.VERSION,
        "Loki": named.version(named.program(loki.VARIABLE)),
        "Tempo": named.version(named.program(tempo.VARIABLE)),
        "Prometheus": named.version(Path(named.packaged("prometheus") or "prometheus")),
    }


def read() -> dict[str, Any]:
    """The result in the tree."""
    result: dict[str, Any] = json.loads(FILE.read_text())
    return result


def write(result: dict[str, Any]) -> None:
    """Put a result into the tree: the file, and the section of the page."""
    FILE.write_text(json.dumps(result, indent=2) + "\n")
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + section(result) + END + after)


def section(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    told = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [
        f"Seen with {told}.",
        "",
        "| by distinct ID | embedded store | Loki and Tempo |",
        "|---|---|---|",
    ]
    for what, count in result["stored"].items():
        lines.append(f"| {what} | {count['store']} | {count['Loki and Tempo']} |")
    counts = result["queries"]
    told = f"{counts['run']} queries, {counts['empty']} of them empty, {counts['failed']} refused."
    lines += [
        "",
        f"{told} Those of dashboards, runbooks and alerts are in tests/loki/RESULT.json.",
        "",
        "| asked | of | query | found |",
        "|---|---|---|---|",
    ]
    for one in result["answers"]:
        if one["asked"].startswith(("dashboard ", "runbook: ", "alert: ")):
            continue
        query = one["query"].replace("|", "\\|")
        lines.append(f"| {one['asked']} | {one['of']} | `{query}` | {one['found']} |")
    return "\n".join(["", *lines, "", ""])


def _counts(run: RealRun, of: Callable[[Backend], Sized]) -> dict[str, int]:
    return {"store": len(of(run.store)), "Loki and Tempo": len(of(run.loki_tempo))}
