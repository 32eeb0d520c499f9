"""Records to log and to redact: generated, so that no two are alike and no cache is warm.

One in twenty holds a secret, as a service under attack or with a careless line would write.
"""

import random
import string
from dataclasses import dataclass, field
from typing import Any

Attributes = dict[str, Any]

SECRET_SHARE = 0.05
"""Share of records that hold a secret."""

_TEMPLATES = (
    "order {n} of {user} was accepted by {host} after {ms} ms",
    "GET /items/{n}?page={m} from 10.{a}.{b}.{c} answered 200 in {ms} ms",
    "cache miss for item:{n}:{word}, read from replica {host}",
    "retrying {word} on {host} (attempt {m} of 5): connection reset by peer",
    "user {user} changed the delivery address of order {n}",
    "job {uuid} took {ms} ms, {n} rows read, {m} written",
)
_SECRETS = (
    "password={secret}",
    "Authorization: Bearer {secret}",
    "mail {word}.{secret}@example.com",
    "api_key: {secret}",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One log call: ``"user %s did %s"``, its two arguments, and what goes with it."""

    user: str
    action: str
    attributes: Attributes | None
    error: BaseException | None


@dataclass(slots=True)
class Sample:
    """One record as a redactor gets it, and the secret planted in it, if any."""

    body: Any
    attributes: Attributes
    secret: str | None
    event_name: str | None = field(default=None)


class Source:
    """Makes records; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - nothing here is secret

    def calls(self, count: int, attributes: int, *, errors: bool = False) -> list[Call]:
        """Log calls with so many attributes each."""
        return [
            Call(
                self.word(6),
                f"{self.word(5)}, mail {self.word(6)}@example.com"
                if self._random.random() < SECRET_SHARE
                else self.word(9),
                self._extra(attributes) if attributes else None,
                self._error() if errors else None,
            )
            for _ in range(count)
        ]

    def flat(self) -> Sample:
        """A record with five attributes."""
        secret = self._secret()
        attributes = self._extra(4)
        if secret and self._random.random() < 0.5:
            return Sample(self.sentence(), {**attributes, "db.password": secret}, secret)
        return Sample(self.sentence(secret), {**attributes, "job": self.word(12)}, secret)

    def nested(self) -> Sample:
        """A record whose one attribute has 25 leaves in three levels."""
        secret = self._secret()
        orders = [
            {
                "item": self.word(8),
                "quantity": self._random.randrange(1, 9),
                "price": round(self._random.uniform(1, 500), 2),
                "address": {"city": self.word(9), "zip": str(self._random.randrange(10**5))},
            }
            for _ in range(4)
        ]
        user = {"name": self.word(7), "tier": self.word(4), "note": self.sentence()}
        user["password" if secret else "language"] = secret or self.word(2)
        return Sample(
            self.sentence(), {"request": {"orders": orders, "user": user, "ok": True}}, secret
        )

    def text(self, size: int = 1_000) -> Sample:
        """A record whose body is a text of about ``size`` characters."""
        secret = self._secret()
        parts = [self.sentence(secret)]
        while sum(map(len, parts)) < size:
            parts.append(self.sentence())
        self._random.shuffle(parts)
        return Sample("\n".join(parts), {}, secret)

    def sentence(self, secret: str | None = None) -> str:
        """A log line of about 60 characters, with a secret in it if one is given."""
        number = self._random.randrange
        line = self._random.choice(_TEMPLATES).format(
            n=number(10**6),
            m=number(1, 50),
            ms=number(1, 900),
            a=number(256),
            b=number(256),
            c=number(256),
            user=self.word(7),
            word=self.word(8),
            host=f"{self.word(5)}-{number(99)}",
            uuid=f"{self._random.getrandbits(64):016x}",
        )
        if secret is None:
            return line
        return f"{line} {self._random.choice(_SECRETS).format(secret=secret, word=self.word(5))}"

    def word(self, length: int) -> str:
        """A word of lower-case letters."""
        return "".join(self._random.choices(string.ascii_lowercase, k=length))

    def _secret(self) -> str | None:
        if self._random.random() >= SECRET_SHARE:
            return None
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=20))

    def _extra(self, count: int) -> Attributes:
        number = self._random.randrange
        values: Attributes = {
            "user_id": number(10**6),
            "http.route": f"/{self.word(5)}/{{id}}",
            "latency_ms": round(self._random.uniform(0.1, 900), 3),
            "tenant": self.word(6),
        }
        for index in range(count - len(values)):
            values[f"app.field_{index}"] = self.word(12) if index % 2 else number(10**6)
        return dict(list(values.items())[:count])

    def _error(self) -> BaseException:
        try:
            _fail(4, f"{self.word(8)} not found")
        except ValueError as error:
            return error
        raise AssertionError


def _fail(depth: int, message: str) -> None:
    """Raise from a few frames down, as real code does."""
    if depth == 0:
        raise ValueError(message)
    _fail(depth - 1, message)
