"""Conditions of a query, joined by AND, with their values kept apart from the SQL."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import QueryParams

from otel_logging.store.errors import ParameterError
from otel_logging.store.queries.reader import TimeRange


class Conditions:
    """Collects SQL conditions and the values of their parameters."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._texts: list[str] = []

    def add(self, text: str, /, **values: Any) -> None:
        """Add a condition that names its values as `$name`."""
        self._texts.append(text)
        self.values.update(values)

    def equal(self, params: QueryParams, **columns: str) -> None:
        """Ask that a column equals a parameter, where the parameter is given."""
        for name, column in columns.items():
            if name in params:
                self.add(f"{column} = ${name}", **{name: params[name]})

    def between(self, column: str, within: TimeRange) -> None:
        """Ask that a time column lies in a range."""
        if within.since_ns is not None:
            self.add(f"{column} >= $since", since=within.since_ns)
        if within.until_ns is not None:
            self.add(f"{column} <= $until", until=within.until_ns)

    def attributes(self, params: QueryParams) -> None:
        """Ask for every `attribute=key=value`; a value is compared as text.

        Raises:
            ParameterError: When there is no `=` between key and value.
        """
        for index, text in enumerate(params.getlist("attribute")):
            key, separator, value = text.partition("=")
            if not separator:
                raise ParameterError("attribute", text, "must be key=value")
            # JSON Pointer (RFC 6901), since a dot in a key is part of its name.
            pointer = "/" + key.replace("~", "~0").replace("/", "~1")
            self.add(
                f"json_extract_string(attributes, $path{index}) = $value{index}",
                **{f"path{index}": pointer, f"value{index}": value},
            )

    @property
    def sql(self) -> str:
        """The WHERE clause; empty without conditions."""
        return self._clause("WHERE")

    @property
    def of_groups(self) -> str:
        """The HAVING clause; empty without conditions."""
        return self._clause("HAVING")

    def _clause(self, word: str) -> str:
        return f"{word} {' AND '.join(self._texts)}" if self._texts else ""
