"""Key names: one normal form for every spelling, and whole-segment matching.

A key is folded (width, case, zero-width characters, look-alike letters) and cut into
segments at separators, camelCase humps and digits. A rule matches where a run of whole
segments, written together, equals the rule written together: ``pass_word``, ``userPassword``
and ``PASS-WORD`` meet ``password``, ``tokenizer`` does not meet ``token``.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјкорсухԁԛѡΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχıɡ",
    "ABESIJKMHOPCTYXaesijkopcyxdqwABEZHIKMNOPTYXaiknoptuxig",
)
"""Cyrillic, Greek and Latin letters that read as an ASCII letter (after Unicode TR 39)."""

_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")
_MAX_KEY = 512
_DISGUISES = str.maketrans("013457@$!", "oieastasi")


def fold(text: str) -> str:
    """``text`` in compatibility form (NFKC), without format characters and look-alikes."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return text.translate(LOOKALIKES)


def segments(key: str) -> list[str]:
    """The lower-case segments of a key: ``X-Api-KeyID`` gives x, api, key, id."""
    if len(key) > _MAX_KEY:
        # What a long path or key ends in says most about the value; where it starts, some.
        key = f"{key[: _MAX_KEY // 2]}.{key[-_MAX_KEY // 2 :]}"
    return [part.lower() for part in _SEGMENT.findall(fold(key))]


def letters(segment: str, name: Iterable[str]) -> list[str]:
    """The letters of a segment of a name, each as a pattern of what it may be in a text.

    `fold` has made plain ones of some letters of a name in another script (``пароль``), which are
    not plain in a text.
    """
    if all(map(str.isascii, name)):
        return list(segment)
    alike: dict[str, str] = {}
    for code, plain in LOOKALIKES.items():
        alike[chr(plain).lower()] = alike.get(chr(plain).lower(), "") + chr(code)
    return [f"[{each}{alike[each]}]" if each in alike else each for each in segment]


def undisguised(key: str) -> str:
    """``key`` without accents, and with letters where digits and signs are written for them."""
    parts = unicodedata.normalize("NFKD", key)
    return "".join(each for each in parts if not unicodedata.combining(each)).translate(_DISGUISES)


def together(key: str) -> str:
    """A key or a rule written together: ``api key``, ``apiKey`` and ``API-KEY`` give apikey."""
    return "".join(segments(key))


def runs(key: str, longest: int) -> Iterator[str]:
    """Every run of whole segments of ``key`` written together, up to ``longest`` characters."""
    parts = segments(key)
    for start in range(len(parts)):
        run = ""
        for part in parts[start:]:
            run += part
            if len(run) > longest:
                break
            yield run


def components(path: str) -> list[str]:
    """A path's components in normal form; list positions become ``[]``.

    ``users[0].eMail``, ``users.0.email`` and ``users[*].email`` give the same.
    """
    flat = path.replace("[", ".[")
    return [_component(part) for part in flat.split(".") if part]


def _component(part: str) -> str:
    if part.strip("[]") in {"*", "**"} and not part.startswith("["):
        return part
    if part.startswith("[") or part.isdecimal():
        return "[]"
    return together(part) or part
