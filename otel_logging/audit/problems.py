"""What could not be read, in words that hold nothing of what was read."""

from dataclasses import dataclass


class UnreadableError(Exception):
    """The rest of an input cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An input, or a part of it, that was not searched.

    Attributes:
        where: Which input.
        reason: Why, and what to do.
        fatal: Whether it may hold secrets, so that the audit cannot say that all is clean.
    """

    where: str
    reason: str
    fatal: bool = True
