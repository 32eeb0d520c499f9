"""Secrets of every kind, made anew for each run so that none stands in the repository."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_LETTERS = string.ascii_letters + string.digits


def _random(length: int, letters: str = _LETTERS) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _digits(length: int) -> str:
    return _random(length, string.digits)


def _card() -> str:
    """A Visa number whose check digit is right (ISO/IEC 7812-1, Luhn)."""
    digits = "4539" + _digits(11)
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(digits)]
    total = sum(n - 9 if n > 9 else n for n in doubled)
    return digits + str(-total % 10)


def _jwt() -> str:
    """A JSON Web Token (RFC 7519); its signature is random."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _random(12), "exp": 4102444800})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, _random(43).encode()]).decode()


def _resident() -> str:
    """A Korean resident registration number whose check digit is right."""
    digits = f"9{secrets.randbelow(10)}0{1 + secrets.randbelow(9)}1{secrets.randbelow(10)}"
    digits += "1" + _digits(5)
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    check = (11 - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11) % 10
    return f"{digits[:6]}-{digits[6:]}{check}"


def _iban() -> str:
    """A German account number with its check digits (ISO 13616)."""
    account = _digits(18)
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


KINDS: Mapping[str, Callable[[], str]] = {
    "password": lambda: f"Correct-{_random(12)}!",
    "payment card": _card,
    "e-mail address": lambda: f"mina.{_random(8).lower()}@example.org",
    "JSON Web Token": _jwt,
    "AWS access key": lambda: "AKIA" + _random(16, string.ascii_uppercase + "234567"),
    "GitHub token": lambda: "ghp_" + _random(36),
    "Stripe key": lambda: "sk_live_" + _random(24),
    "Slack token": lambda: f"xoxb-{_digits(12)}-{_digits(12)}-{_random(24)}",
    "resident number": _resident,
    "IBAN": _iban,
    "telephone number": lambda: f"+82-10-{_digits(4)}-{_digits(4)}",
}
"""How to make a secret of each kind."""


@dataclass(frozen=True)
class Secret:
    """One secret, used at one entry only, so that finding it tells where it came in.

    Attributes:
        kind: One of `KINDS`.
        entry: Name of the entry that carries it.
        text: The secret itself; in no message and no report.
    """

    kind: str
    entry: str
    text: str


class Planter:
    """Makes secrets, and remembers them."""

    def __init__(self) -> None:
        self.planted: list[Secret] = []
        self._entry = ""

    def at(self, entry: str) -> Planter:
        """Let what follows belong to an entry."""
        self._entry = entry
        return self

    def __call__(self, kind: str) -> str:
        """Return a new secret of a kind."""
        secret = Secret(kind, self._entry, KINDS[kind]())
        self.planted.append(secret)
        return secret.text
