"""Which services there are, and how much they wrote."""

from __future__ import annotations

from typing import Any

from otel_logging.store.queries.parameters import rfc3339
from otel_logging.store.queries.reader import Reader
from otel_logging.store.severity import ERROR
from otel_logging.store.tables import LOGS, SPANS

_SQL = f"""
SELECT service, sum(logs)::BIGINT, sum(spans)::BIGINT, sum(errors)::BIGINT, min(first), max(last)
FROM (
  SELECT service, count(*) AS logs, 0 AS spans, count(*) FILTER (severity >= {ERROR}) AS errors,
         min(time_ns) AS first, max(time_ns) AS last
  FROM logs GROUP BY service
  UNION ALL
  SELECT service, 0, count(*), count(*) FILTER (status_code = 'ERROR'), min(start_ns), max(end_ns)
  FROM spans GROUP BY service
)
GROUP BY service ORDER BY service
"""  # noqa: S608


def services(reader: Reader) -> list[dict[str, Any]]:
    """Return each service by name; its errors are records from ERROR up and failed spans."""
    return [
        {
            "name": name,
            "logs": logs,
            "spans": spans,
            "errors": errors,
            "first_seen": rfc3339(first),
            "last_seen": rfc3339(last),
        }
        for name, logs, spans, errors, first, last in reader.rows(_SQL, [LOGS, SPANS])
    ]
