"""Which metrics there are."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.queries import parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.reader import Reader
from otel_logging.store.tables import METRICS

PARAMETERS = ("service", "since", "until")
_COLUMNS = ("name", "type", "unit", "services", "series", "points")
_SQL = """
SELECT name, any_value(type), any_value(unit), list_sort(list_distinct(list(service))),
       count(DISTINCT series), count(*)
FROM metrics {where} GROUP BY name ORDER BY name
"""


def metric_names(reader: Reader, params: QueryParams) -> list[dict[str, Any]]:
    """Return each metric by name, with its services and how many series and points it has.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    within = parameters.time_range(params)
    wanted = Conditions()
    wanted.equal(params, service="service")
    wanted.between("time_ns", within)
    sql = _SQL.format(where=wanted.sql)
    rows = reader.rows(sql, [METRICS], wanted.values, within)
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
