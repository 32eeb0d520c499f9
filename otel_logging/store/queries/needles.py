"""The forms in which a text can hide in a stored column."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

NESTING = 3


def forms(needle: str) -> list[str]:
    """Return a text as it would look in plain, JSON, URL, hex and base64 form.

    JSON escapes again where JSON stands in a string of JSON.
    """
    raw = needle.encode()
    found = [
        *_json(needle),
        quote(needle, safe=""),
        quote_plus(needle),
        raw.hex(),
        raw.hex().upper(),
        *_base64(raw),
    ]
    return list(dict.fromkeys(found))


def _json(text: str) -> list[str]:
    """Return a text as it is and inside one, two and three strings of JSON.

    The innermost may be written in ASCII alone; from there on it is ASCII.
    """
    found = [text, _escaped(text, ascii_only=True)]
    for _ in range(NESTING):
        found += [_escaped(form) for form in found]
    return found


def _escaped(text: str, *, ascii_only: bool = False) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)[1:-1]


def _base64(raw: bytes) -> list[str]:
    """Return the characters that are the same wherever the text stands in encoded bytes.

    Base64 takes three bytes at a time, so there are three alignments; the characters at both
    ends depend on the neighbours and are left out. A text too short for four is not looked for.
    """
    found = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        start = (shift * 8 + 5) // 6
        core = encoded[start : (shift + len(raw)) * 8 // 6]
        if len(core) >= 4:
            found += [core, core.replace("+", "-").replace("/", "_")]
    return found
