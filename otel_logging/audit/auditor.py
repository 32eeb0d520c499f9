"""The audit itself: items in, findings and problems out."""

from collections import Counter
from collections.abc import Iterable, Iterator

from otel_logging.audit.findings import Finding, Fingerprints
from otel_logging.audit.inspector import Inspector
from otel_logging.audit.items import Item, Row
from otel_logging.audit.needles import Needles
from otel_logging.audit.problems import Problem
from otel_logging.redaction.policy import Policy


class Auditor:
    """Looks through items for what a policy would have redacted, and for needles.

    Args:
        policy: The rules.
        service: The service whose section applies; None takes the general rules.
        needles: Texts to look for beside the rules.
        fingerprints: Makes the fingerprints of what is found.
        accepted: Fingerprints of a baseline.

    Raises:
        PolicyError: The rules are too many.
    """

    def __init__(
        self,
        policy: Policy,
        service: str | None = None,
        *,
        needles: Needles | None = None,
        fingerprints: Fingerprints | None = None,
        accepted: frozenset[str] = frozenset(),
    ) -> None:
        self._inspector = Inspector(
            policy.section(service), needles or Needles(), fingerprints or Fingerprints()
        )
        self._known = accepted
        self._counts: Counter[str] = Counter()

    @property
    def findings(self) -> int:
        """How many secrets were found and are not accepted."""
        return self._counts["findings"]

    @property
    def accepted(self) -> int:
        """How many were found and are accepted."""
        return self._counts["accepted"]

    @property
    def problems(self) -> int:
        """How many inputs, or parts of them, could not be searched."""
        return self._counts["problems"]

    def run(self, items: Iterable[Item | Problem]) -> Iterator[Finding | Problem]:
        """Findings and problems, as they come; whatever fails is told of, never what it met."""
        for item in _safely(items):
            if isinstance(item, Problem):
                yield self._problem(item)
                continue
            unread = self._inspector.unread
            try:
                yield from self._new(item)
            except Exception as error:  # noqa: BLE001 - its message may hold what it met
                yield self._problem(_unsearched(item, type(error).__name__))
            if self._inspector.unread > unread:
                yield self._problem(_unsearched(item, "a value"))

    def shown(self, name: str) -> str:
        """A name fit to be shown: without secrets."""
        return self._inspector.shown(name)

    def _new(self, item: Item) -> Iterator[Finding]:
        for finding in self._inspector.findings(item):
            if finding.fingerprint in self._known:
                self._counts["accepted"] += 1
            else:
                self._counts["findings"] += 1
                yield finding

    def _problem(self, problem: Problem) -> Problem:
        self._counts["problems"] += problem.fatal
        return Problem(self.shown(problem.where), self.shown(problem.reason), problem.fatal)


def _safely(items: Iterable[Item | Problem]) -> Iterator[Item | Problem]:
    """The items; an error that their source did not expect ends them, and is told of."""
    try:
        yield from items
    except Exception as error:  # noqa: BLE001 - its message may hold what it met
        reason = f"could not be read further, nor what follows it ({type(error).__name__})"
        yield Problem("an input", reason)


def _unsearched(item: Item, reason: str) -> Problem:
    where = item.table if isinstance(item, Row) else item.where
    return Problem(where, f"could not be searched ({reason})")
