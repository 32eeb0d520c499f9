"""A finding: where in a text a secret stands, and what becomes of it."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from otel_logging.redaction.detectors import partials
from otel_logging.redaction.policy import Action


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in UTF-8 text.

    Attributes:
        start: First byte.
        end: Byte after the last.
        rule: The rule that found it.
        action: What to do with it.
        value: The secret itself, decoded; it never leaves the process.
        partial: Its partial form.
        quote: Byte range of the quotation mark that the mark needs around itself.
        yields: Whether it gives way to a finding that it overlaps.
    """

    start: int
    end: int
    rule: str
    action: Action
    value: bytes
    partial: Callable[[str], str] | None = None
    quote: tuple[int, int] | None = None
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """Turns a secret into its mark."""

    placeholder: str
    hash_key: bytes

    def mark(self, action: Action, secret: str, partial: Callable[[str], str] | None = None) -> str:
        """What stands in the secret's place; nothing for the action ``drop``."""
        if action == "drop":
            return ""
        if action == "partial":
            return (partial or partials.any_value)(secret)
        if action == "hash":
            data = secret.encode("utf-8", "replace")
            digest = hmac.new(self.hash_key, data, hashlib.sha256).hexdigest()
            return f"***HMAC:{digest[:20]}***"
        return self.placeholder

    def apply(self, text: bytes, findings: Iterable[Finding]) -> bytes:
        """``text`` with every finding replaced; the rest byte for byte."""
        pieces: list[bytes] = []
        position = 0
        for found in merged(findings):
            secret = found.value.decode("utf-8", "replace")
            mark = self.mark(found.action, secret, found.partial).encode()
            quote = text[slice(*found.quote)] if found.quote else b""
            pieces += (text[position : found.start], quote, mark, quote)
            position = found.end
        pieces.append(text[position:])
        return b"".join(pieces)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order, overlapping ones as one that masks what they cover."""
    result: list[Finding] = []
    for found in sorted(findings, key=lambda each: (each.start, -each.end, each.yields)):
        last = result[-1] if result else None
        if last is None or found.start >= last.end:
            result.append(found)
        elif last.yields and not found.yields:
            result[-1] = found
        elif found.end > last.end and not found.yields:
            result[-1] = Finding(last.start, found.end, last.rule, "mask", last.value)
    return result
