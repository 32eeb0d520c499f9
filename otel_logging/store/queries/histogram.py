"""How many records of each level there are over time."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.errors import ParameterError
from otel_logging.store.queries import logs, parameters
from otel_logging.store.queries.reader import Reader
from otel_logging.store.severity import text_of
from otel_logging.store.tables import LOGS

PARAMETERS = (*(name for name in logs.PARAMETERS if name not in {"limit", "order"}), "buckets")
DEFAULT_BUCKETS = 60
MAX_BUCKETS = 1000

_COUNTS = """
SELECT (time_ns - $first) // $step, (severity - 1) // 4, count(*) FROM logs {where} GROUP BY ALL
"""


def histogram(reader: Reader, params: QueryParams) -> dict[str, Any]:
    """Return the counts of the records that match, in steps of equal length.

    Without `since` and `until` the steps reach from the first to the last of them.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    buckets = _buckets(params)
    within = parameters.time_range(params)
    wanted = logs.conditions(params, within)
    first, last = within.since_ns, within.until_ns
    if first is None or last is None:
        ends = f"SELECT min(time_ns), max(time_ns) FROM logs {wanted.sql}"  # noqa: S608
        found = reader.rows(ends, [LOGS], wanted.values, within)[0]
        first = (found[0] or 0) if first is None else first
        last = max((found[1] or first) if last is None else last, first)
    step = max(1, -(-(last - first + 1) // buckets))
    rows = reader.rows(
        _COUNTS.format(where=wanted.sql),
        [LOGS],
        {**wanted.values, "first": first, "step": step},
        within,
    )
    counts: list[dict[str, int]] = [{} for _ in range(buckets)]
    for index, level, count in rows:
        counts[index][text_of(level * 4 + 1)] = count
    return {"start_unix_nano": first, "step_ns": step, "counts": counts}


def _buckets(params: QueryParams) -> int:
    text = params.get("buckets", str(DEFAULT_BUCKETS))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_BUCKETS:
        raise ParameterError("buckets", text, f"must be a number from 1 to {MAX_BUCKETS}")
    return int(text)
