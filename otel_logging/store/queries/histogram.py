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
, matching AS MATERIALIZED (SELECT time_ns, severity FROM logs {where})
, ends AS (SELECT coalesce($first::BIGINT, min(time_ns), 0) AS first,
                  coalesce($last::BIGINT, max(time_ns), 0) AS last FROM matching)
, steps AS (
  SELECT first, greatest(1, (greatest(first, last) - first + $buckets) // $buckets) AS step
  FROM ends
)
SELECT any_value(first), any_value(step), (time_ns - first) // step, (severity - 1) // 4,
       count(time_ns)
FROM steps LEFT JOIN matching ON true GROUP BY ALL
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
    sql = _COUNTS.format(where=wanted.sql)
    ends = {"first": within.since_ns, "last": within.until_ns, "buckets": buckets}
    rows = reader.rows(sql, [LOGS], {**wanted.values, **ends}, within)
    counts: list[dict[str, int]] = [{} for _ in range(buckets)]
    for _, _, index, level, count in rows:
        if count:
            counts[index][text_of(level * 4 + 1)] = count
    return {"start_unix_nano": rows[0][0], "step_ns": rows[0][1], "counts": counts}


def _buckets(params: QueryParams) -> int:
    text = params.get("buckets", str(DEFAULT_BUCKETS))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_BUCKETS:
        raise ParameterError("buckets", text, f"must be a number from 1 to {MAX_BUCKETS}")
    return int(text)
