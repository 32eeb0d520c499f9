"""Looking for planted texts in every column of every slice, read back as text.

Compression hides them from a search of the files themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from otel_logging.store.queries.needles import forms
from otel_logging.store.queries.reader import Reader
from otel_logging.store.tables import TABLES, Table


def scan(reader: Reader, needles: Sequence[str]) -> list[dict[str, Any]]:
    """Return where each needle was found and in how many rows, never the needle."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for index, needle in enumerate(needles):
        wanted = forms(needle)
        for table in TABLES:
            for column, count in _count(reader, table, wanted).items():
                counts[table.name, column, index] += count
    return [
        {"table": table, "column": column, "count": count, "needle_index": index}
        for (table, column, index), count in counts.items()
        if count
    ]


def _count(reader: Reader, table: Table, wanted: Sequence[str]) -> dict[str, int]:
    """Return by column in how many rows one of the texts stands."""
    hidden = "list_bool_or(list_transform($forms, lambda form: contains({}::VARCHAR, form)))"
    counts = ", ".join(f"count(*) FILTER ({hidden.format(column)})" for column in table.columns)
    rows = reader.rows(f"SELECT {counts} FROM {table.name}", [table], {"forms": list(wanted)})  # noqa: S608
    return dict(zip(table.columns, rows[0], strict=True))
