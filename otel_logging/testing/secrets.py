"""Looking for secrets in what was captured."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence


def refuse_secrets(texts: Iterable[str], secrets: Sequence[str], what: str) -> None:
    """Assert that secrets stand in no text, as they are or in base64 or hex.

    Args:
        texts: What to search.
        secrets: What must not be there.
        what: What one text is, for the error: it names both by position, not by value.
    """
    for index, text in enumerate(texts):
        for number, secret in enumerate(secrets):
            if any(form in text for form in _forms(secret)):
                raise AssertionError(f"secret {number} stands in {what} {index}")


def _forms(secret: str) -> tuple[str, ...]:
    data = secret.encode()
    return (secret, base64.b64encode(data).decode().rstrip("="), data.hex())
