"""Planted secrets: texts that are looked for as they are, in every form they can take."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus

import re2

from otel_logging.audit.items import Encoding
from otel_logging.redaction.gates import options
from otel_logging.store.queries.needles import forms

MIN_CHARACTERS: Final = 4
MAX_CHARACTERS: Final = 4096
_HEAD: Final = 12
_SEPARATORS = re.compile(r"[\s.\-()/]")
_GROUPED = re.compile(r"[\d\s.\-()/]+")
_FOURS = re.compile(r"(?<=\d)(?=(?:\d{4})+$)")


class NeedleError(Exception):
    """A file of needles that cannot be used; the message never holds one."""


class Needles:
    """Finds texts in any of their forms.

    Args:
        texts: What to look for; findings name them by their place, from 1.
    """

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = {number: text.encode() for number, text in enumerate(texts, 1)}
        self._tails: dict[bytes, list[tuple[bytes, int, Encoding]]] = defaultdict(list)
        for number, text in enumerate(texts, 1):
            for form, encoding in _forms(text).items():
                self._tails[form[:_HEAD]].append((form, number, encoding))
        heads = b"|".join([re2.escape(head) for head in self._tails])
        self._heads = re2.compile(heads, options()) if heads else None
        self._sizes = sorted({len(head) for head in self._tails}, reverse=True)

    def __bool__(self) -> bool:
        return self._heads is not None

    @classmethod
    def read(cls, file: Path) -> "Needles":
        """Read needles from a file, one a line; empty lines do not count as needles.

        Raises:
            NeedleError: It cannot be read, holds none, or holds one too short or too long.
        """
        try:
            lines = file.read_text("utf-8").splitlines()
        except OSError as error:
            raise NeedleError(f"{file}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise NeedleError(f"{file}: is not UTF-8 text") from None
        for number, line in enumerate(lines, 1):
            if line and not MIN_CHARACTERS <= len(line) <= MAX_CHARACTERS:
                reason = f"a needle has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters"
                raise NeedleError(f"{file}:{number}: {reason}, this one {len(line)}")
        if not any(lines):
            raise NeedleError(f"{file}: holds no needle: write one on each line")
        return cls(lines)

    def hits(self, text: bytes) -> Iterator[tuple[int, int, int, Encoding]]:
        """Start, end, number and encoding of every needle in ``text``."""
        position = 0
        while self._heads and (match := self._heads.search(text, position)):
            start = match.start()
            for size in self._sizes:
                for form, number, encoding in self._tails.get(text[start : start + size], ()):
                    if text.startswith(form, start):
                        yield start, start + len(form), number, encoding
            position = start + 1


def _forms(text: str) -> dict[bytes, Encoding]:
    """Every form of a needle as UTF-8, and how it is encoded."""
    if not text:
        return {}
    found: dict[bytes, Encoding] = {}
    for variant in _variants(text):
        separated: Encoding = () if variant == text else ("separators",)
        for form in forms(variant):
            data = form.encode()
            if len(data) >= MIN_CHARACTERS:
                found.setdefault(data, (*_encoding(form, variant), *separated))
    return found


def _variants(text: str) -> Iterator[str]:
    """A needle, and itself without or with other separators where it is a number in groups."""
    yield text
    plain = _SEPARATORS.sub("", text)
    if len(plain) >= 8:
        yield plain
    if _GROUPED.fullmatch(text) and len(plain) >= 8:
        grouped = text if plain != text else _FOURS.sub(" ", plain)
        yield from (_SEPARATORS.sub(mark, grouped) for mark in (" ", "-", "."))


def _encoding(form: str, needle: str) -> Encoding:
    """Which encoding a form is in."""
    if form == needle:
        return ()
    if unquote_plus(form) == needle:
        return ("percent",)
    if form.lower() == needle.encode().hex():
        return ("hex",)
    return ("json",) if "\\" in form else ("base64",)
