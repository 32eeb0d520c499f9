"""The table of dashboards in `docs/dashboards.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from grafana import reading

BEGIN = "<!-- begin: written by `python -m grafana` -->\n"
END = "<!-- end -->\n"


def page(before: str, dashboards: Iterable[Mapping[str, Any]]) -> str:
    """The page with its table written anew."""
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table(dashboards)}\n{END}{tail}"


def table(dashboards: Iterable[Mapping[str, Any]]) -> str:
    """One row a dashboard: what it answers, what one chooses, and whom it asks how often."""
    lines = ["| dashboard | answers | choose by | asks |", "|---|---|---|---|"]
    for one in dashboards:
        chosen = (variable["label"] for variable in one.get("templating", {}).get("list", ()))
        asked = Counter(query.source for query in reading.queries(one))
        sources = ", ".join(f"{source} {count}" for source, count in sorted(asked.items()))
        name = f"{one['title']} (`{one['uid']}`)"
        lines.append(f"| {name} | {one['description']} | {', '.join(chosen).lower()} | {sources} |")
    return "\n".join(lines) + "\n"
