"""What came of a step."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

State: TypeAlias = Literal["passed", "failed", "skipped"]


class StepError(Exception):
    """A step fails.

    Attributes:
        reason: What is wrong.
        advice: What to do.
    """

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason, self.advice = reason, advice


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one step.

    Attributes:
        step: Its name.
        state: passed, failed, or skipped: it was told to be, or a step that it needs did not pass.
        detail: What was seen.
        advice: What to do where it failed.
    """

    step: str
    state: State
    detail: str = ""
    advice: str = ""
