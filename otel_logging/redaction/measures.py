"""What redaction does and which rules are in force, as metrics of the process."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from otel_logging import semconv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from otel_logging.redaction.active import ActiveEngine

MAX_VERSIONS: Final = 8
"""Versions reported at once, the one in force among them."""


class Measures:
    """Reports an engine's counts, its version, and how reloads went.

    Args:
        active: The engine in force.
        reloads: Gives the reloads so far, by result; nothing where no file is followed.
    """

    def __init__(
        self, active: ActiveEngine, reloads: Callable[[], Mapping[str, int]] = Counter
    ) -> None:
        self._active = active
        self._reloads = reloads
        self._before: dict[str, None] = {}

    def observe(self, meter: Meter) -> None:
        """Report all of it."""
        meter.create_observable_counter(
            semconv.METRIC_REDACTION_REDACTIONS,
            [self._redactions],
            unit="{redaction}",
            description="Values and findings that were redacted, by rule",
        )
        meter.create_observable_counter(
            semconv.METRIC_REDACTION_FAILURES,
            [lambda _: [Observation(self._active.current.counts.failed)]],
            unit="{failure}",
            description="Values and records that were masked as a whole because redaction failed",
        )
        meter.create_observable_gauge(
            semconv.METRIC_REDACTION_POLICY_INFO,
            [self._versions],
            unit="1",
            description="1 for the version of the rules in force, 0 for those before it",
        )
        meter.create_observable_counter(
            semconv.METRIC_REDACTION_POLICY_RELOADS,
            [self._outcomes],
            unit="{reload}",
            description="Readings of the policy file while the process ran, by result",
        )

    def _redactions(self, _: CallbackOptions) -> Iterable[Observation]:
        redacted = self._active.current.counts.redactions()
        return [Observation(count, {"rule": rule}) for rule, count in redacted.items()]

    def _versions(self, _: CallbackOptions) -> Iterable[Observation]:
        """A reader that keeps the last point of a series has to be told that one is over."""
        version = self._active.current.version
        self._before.pop(version, None)
        self._before[version] = None
        while len(self._before) > MAX_VERSIONS:
            del self._before[next(iter(self._before))]
        return [Observation(int(one == version), {"version": one}) for one in self._before]

    def _outcomes(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(count, {"result": name}) for name, count in self._reloads().items()]
