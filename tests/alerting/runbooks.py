"""What the runbooks ask, read out of their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alerting.catalogue import ROOT

_CAPITALS = re.compile(r"\b(SERVICE|TYPE|PATTERN|USER)\b")
FOLDER = ROOT / "docs" / "runbooks"
BOOKS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


@dataclass(frozen=True)
class Asked:
    """A query of a runbook.

    Attributes:
        name: the runbook, the language, and which of its queries in it.
        language: `promql`, `logql` or `traceql`.
        text: the query, what the reader fills in still in capitals.
    """

    name: str
    language: str
    text: str

    def filled(self, **chosen: str) -> str:
        """The query as somebody types it who looks at one service, type, user or pattern.

        Raises:
            KeyError: when the reader has to fill in what nobody chooses.
        """
        return _CAPITALS.sub(lambda word: chosen[word[0]], self.text)


def blocks(book: Path, language: str) -> list[str]:
    """What stands in the blocks of a language."""
    found = re.findall(rf"```{language}\n(.*?)```", book.read_text("utf-8"), re.DOTALL)
    return [block.strip() for block in found]


def queries(*languages: str) -> Iterator[Asked]:
    """The queries of all runbooks in these languages."""
    for book in BOOKS:
        for language in languages:
            for number, text in enumerate(blocks(book, language), 1):
                yield Asked(f"{book.stem}, {language} {number}", language, text)
