"""Deleting one person's data from every slice."""

from __future__ import annotations

from otel_logging import semconv
from otel_logging.store.slices import Slices
from otel_logging.store.tables import LOGS, TABLES, Table

SHORTEST_TEXT = 8
"""From this length on an ID counts wherever it stands; a shorter one may be part of anything."""


def forget(slices: Slices, user_id: str) -> int:
    """Delete what is of a person, and return how many rows that was. For the writer's thread.

    Of a person is a row whose `user.id` is theirs, and one that has their ID in any column, as
    the path `/users/ID` of an access log has. Files that hold such rows are written anew.
    """
    unwanted = {table.name: _condition(table, user_id) for table in TABLES}
    return sum(slices.rewrite(part, unwanted, [user_id]) for part in slices.within())


def _condition(table: Table, user_id: str) -> str:
    """Return the SQL condition, with the ID as its only parameter, of a table's rows."""
    own = "user_id" if table is LOGS else f"json_extract_string(attributes, '/{semconv.USER_ID}')"
    if len(user_id) < SHORTEST_TEXT:
        return f"{own} = $1"
    texts = [name for name, kind in table.columns.items() if kind == "VARCHAR"]
    return " OR ".join([f"{own} = $1", *(f"contains({name}, $1)" for name in texts)])
