"""How something ended: well, or with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

R_co = TypeVar("R_co", bound=str, covariant=True)


@dataclass(frozen=True, slots=True)
class Success:
    """It was done; use `SUCCESS`.

    Attributes:
        value: The attribute `event.outcome`.
        reason: None, as nothing has to be explained.
    """

    value: Literal["success"] = "success"
    reason: None = None


@dataclass(frozen=True, slots=True)
class Failure(Generic[R_co]):
    """It was not done.

    Attributes:
        reason: Why, as one of a few identifiers such as `wrong_password`: the attribute
            `error.type`. Never a text with data in it.
        value: The attribute `event.outcome`.
    """

    reason: R_co
    value: Literal["failure"] = "failure"


SUCCESS: Final = Success()
"""It was done."""
