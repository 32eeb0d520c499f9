"""The pieces that inputs are cut into, each of which knows where it came from."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Encoding: TypeAlias = tuple[str, ...]
"""The encodings around a secret, outermost first; empty when it stands there plainly."""


NEWLINE = b"\n"


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text.

    Attributes:
        where: The input.
        data: The text as UTF-8, with some of what stands before and after for context.
        first: Offset of the first byte that belongs to the run.
        last: Offset after the last one.
        line: The line, from 1, of the byte at ``first``.
        encoding: What the input was unpacked from.
    """

    where: str
    data: bytes
    first: int
    last: int
    line: int
    encoding: Encoding = ()

    def location(self, offset: int) -> str:
        """Where the byte at an offset stands."""
        return f"{self.where}:{self.line + self.data.count(NEWLINE, self.first, offset)}"


@dataclass(frozen=True, slots=True)
class Value:
    """A record, or a value of any shape, with its location."""

    where: str
    content: Any
    encoding: Encoding = ()

    def location(self, field: str) -> tuple[str, str]:
        """The location and the field in it."""
        return self.where, field


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        table: File and table.
        number: The row, from 1, in the order in which the database gives them.
        content: Value by column.
    """

    table: str
    number: int
    content: dict[str, Any]
    encoding: Encoding = ()

    def location(self, field: str) -> tuple[str, str]:
        """The column's location, and the field in the column's value."""
        column = next((name for name in self.content if _leads(field, name)), field)
        rest = field[len(column) :].removeprefix(".")
        return f"{self.table}.{column} row {self.number}", rest


def _leads(field: str, name: str) -> bool:
    """Whether a path begins with a column."""
    return field.startswith(name) and field[len(name) : len(name) + 1] in {"", ".", "[", " "}


Item: TypeAlias = Text | Value | Row
