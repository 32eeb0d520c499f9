"""Where an error came from, as people name it."""

from __future__ import annotations

import re

_FRAME = re.compile(r'File "(?P<file>[^"]*)", line (?P<line>\d+), in (?P<function>.*)')
_INSTALLED = re.compile(r".*/(?:site-packages|lib/python3\.\d+)/")
_DEEP = re.compile(r"^/.*?(?=[^/]+/[^/]+/[^/]+$)")
"""All but the last three parts of an absolute path."""


def place_of(text: str) -> tuple[str, str]:
    """Return a place as function, empty where none is known, and file.

    The way to installed packages, and the head of a long absolute path, are left out.
    """
    frame = _FRAME.fullmatch(text)
    if frame is None:
        return "", _INSTALLED.sub("", text)
    file = _DEEP.sub("", _INSTALLED.sub("", frame["file"]))
    return frame["function"], f"{file}:{frame['line']}"
