"""Letters that read as others: what a plain letter of a rule may be in a key."""

import unicodedata
from typing import Final

from otel_logging.redaction.keys import LOOKALIKES

_READ: Final = (*range(0xFF01, 0xFF5F), *range(0x1D400, 0x1D800), *LOOKALIKES)


def odd_letters() -> dict[str, str]:
    """For each plain letter and digit, a class of the characters that read as it."""
    classes: dict[str, list[str]] = {}
    for code in _READ:
        plain = unicodedata.normalize("NFKC", chr(code)).translate(LOOKALIKES).lower()
        if len(plain) == 1 and plain.isascii() and plain.isalnum():
            classes.setdefault(plain, []).append(chr(code))
    return {plain: f"[{''.join(codes)}]" for plain, codes in sorted(classes.items())}
