"""What redaction leaves behind: one grammar for masked, partial and hashed output.

Both layers know it, so that no mark is masked again or counted as a leak, and no mark
contains any part of the secret beyond what a partial form shows on purpose:

- ``***MASKED***``: the value was removed;
- ``***HMAC:<20 hex digits>***``: the value was replaced by its keyed hash (HMAC-SHA-256,
  RFC 2104, cut to 80 bits);
- ``b***@example.com``, ``***1111``: the partial forms.
"""

import re
from typing import Final

PLACEHOLDER: Final = "***MASKED***"
"""The default placeholder."""

PLACEHOLDER_GRAMMAR: Final = r"\*{3}[A-Z]{3,20}\*{3}"
"""What a policy may choose as placeholder (RE2 and Go syntax)."""

HASH_GRAMMAR: Final = r"\*{3}HMAC:[0-9a-f]{20}\*{3}"
"""The form of a keyed hash (RE2 and Go syntax)."""

WHOLE_GRAMMAR: Final = rf"{PLACEHOLDER_GRAMMAR}|{HASH_GRAMMAR}|\*{{4,32}}"
"""Marks that stand for a whole value, the Collector's own ``****`` among them (RE2, Go)."""

PARTIAL_GRAMMAR: Final = r"[^*\s]?\*{3}(?:@[A-Za-z0-9.-]{1,253}|[^*\s]{0,4})"
"""Marks that show a little of the value (RE2 and Go syntax)."""

_WHOLE = re.compile(WHOLE_GRAMMAR)
_PARTIAL = re.compile(PARTIAL_GRAMMAR)


def is_mark(text: str) -> bool:
    """Whether ``text`` is, as a whole, a mark that stands for a whole value."""
    return text.startswith("***") and _WHOLE.fullmatch(text) is not None


def is_partial(text: str) -> bool:
    """Whether ``text`` is, as a whole, a partial mark."""
    return "***" in text[:4] and _PARTIAL.fullmatch(text) is not None
