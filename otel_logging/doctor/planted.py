"""Made-up secrets, another one for each place in which one can leak."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Callable, Iterable
from typing import Final

import msgspec


def _password() -> str:
    return f"pw-{secrets.token_urlsafe(15)}"


def _email() -> str:
    return f"canary.{secrets.token_hex(8)}@example.com"


def _card() -> str:
    """A number in the range of a test issuer, with the right check digit (Luhn)."""
    digits = [4, 1, 1, 1, *(secrets.randbelow(10) for _ in range(11))]
    doubled = (digit if place % 2 else 2 * digit for place, digit in enumerate(digits))
    total = sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return "".join(map(str, [*digits, -total % 10]))


def _jwt() -> str:
    def part(content: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    head, claims = {"alg": "ES256", "typ": "JWT"}, {"sub": secrets.token_hex(12)}
    return f"{part(head)}.{part(claims)}.{secrets.token_urlsafe(43)}"


def _bearer() -> str:
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(40))


SURFACES: Final[dict[str, Callable[[], str]]] = {
    "log body": _card,
    "log body, structured": _password,
    "log attribute by name": _password,
    "log attribute by value": _email,
    "log attribute, nested": _bearer,
    "log attribute, JSON in text": _password,
    "log exception": _email,
    "span name": _email,
    "span attribute by name": _password,
    "span attribute by value": _jwt,
    "span event": _password,
    "span exception": _card,
    "span status": _email,
    "span link": _password,
    "metric attribute": _email,
    "resource attribute": _password,
    "baggage": _email,
}
"""Where a secret is planted, and of which kind it is there."""

OF_SIGNAL: Final = {
    "logs": frozenset(one for one in SURFACES if one.startswith("log"))
    | {"baggage", "resource attribute"},
    "traces": frozenset(one for one in SURFACES if one.startswith("span")),
    "metrics": frozenset({"metric attribute"}),
}
"""In which signal a surface travels."""

BEYOND_THE_COLLECTOR: Final = frozenset({"span link"})
"""What only a process can mask: the Collector has no access to it."""


class Planted(msgspec.Struct, frozen=True):
    """The secrets of one canary.

    Attributes:
        nonce: Tells this canary from all others.
        secrets: By surface.
    """

    nonce: str
    secrets: dict[str, str]

    @classmethod
    def fresh(cls) -> Planted:
        """Make them up."""
        made = {surface: make() for surface, make in SURFACES.items()}
        return cls(secrets.token_hex(8), made)

    def surfaces(self, places: Iterable[int]) -> list[str]:
        """Return the surfaces of secrets that are given by their place in the list."""
        names = list(self.secrets)
        return sorted({names[place] for place in places})
