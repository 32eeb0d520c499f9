"""Reading metric points."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.queries import parameters
from otel_logging.store.queries.filters import Conditions
from otel_logging.store.queries.logs import raw
from otel_logging.store.queries.reader import Reader
from otel_logging.store.tables import METRICS, Row

PARAMETERS = ("name", "service", "attribute", "since", "until", "limit", "order")


def points(reader: Reader, params: QueryParams) -> list[dict[str, Any]]:
    """Return the points that match every parameter, by time.

    Raises:
        ParameterError: When a parameter is unknown or cannot be read.
    """
    parameters.check_names(params, PARAMETERS)
    within = parameters.time_range(params)
    wanted = Conditions()
    wanted.equal(params, name="name", service="service")
    wanted.between("time_ns", within)
    wanted.attributes(params)
    most = parameters.limit(params)
    direction = "DESC" if parameters.descending(params) else "ASC"
    rows = reader.rows(
        f"SELECT * FROM metrics {wanted.sql} "  # noqa: S608
        f"ORDER BY time_ns {direction}, series LIMIT {most}",
        [METRICS],
        wanted.values,
        within,
    )
    return [_point(row) for row in rows]


def _point(row: Row) -> dict[str, Any]:
    point = dict(zip(METRICS.columns, row, strict=True))
    start_ns, data = point.pop("start_ns"), point.pop("data")
    return {
        **point,
        "timestamp": parameters.rfc3339(point.pop("time_ns")),
        "start": parameters.rfc3339(start_ns) if start_ns else None,
        "data": None if data is None else raw(data),
        "attributes": raw(point["attributes"]),
        "exemplars": raw(point["exemplars"]),
        "resource": raw(point["resource"]),
    }
