"""Structured values as JSON text in one form, so that every backend's answer reads the same.

The form is the one that a structured body has where only text can be kept (`AsString` of the
Collector's data model): compact, keys in byte order, numbers as in ECMAScript.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_LINE_SEPARATORS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_text(value: Any) -> str:
    """Return a value as JSON text in the one form; a string stays itself, None is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = msgspec.json.encode(_with_plain_numbers(value), order="sorted").decode()
    return text.translate(_LINE_SEPARATORS)


def structured(text: str) -> Any:
    """Return the object or array that a text in the one form stands for, else the text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value if json_text(value) == text else text


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(item) for item in value]
    return msgspec.Raw(_number(value).encode()) if isinstance(value, float) else value


def _number(value: float) -> str:
    text = repr(value)
    if 1e-6 <= abs(value) < 1e21 or value == 0:
        text = f"{Decimal(text):f}"
        return text.removesuffix(".0")
    return text.replace("e-0", "e-")
