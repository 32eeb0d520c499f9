"""The engine: one policy section, compiled once, applied to values, texts and records."""

import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final, Protocol

from otel_logging.redaction.counts import Counts
from otel_logging.redaction.explain import Note, explain
from otel_logging.redaction.findings import Marker, merged
from otel_logging.redaction.marks import is_mark, is_partial
from otel_logging.redaction.policy import Policy, PolicyError
from otel_logging.redaction.rules import Decision, Rules
from otel_logging.redaction.scanner import SEPARATOR, Scanner
from otel_logging.redaction.walk import Leaf, Walk

_MIN_HASH_KEY: Final = 16
_KEY_CACHE: Final = 8192


class Redactable(Protocol):
    """A record as the bridge's worker holds it; `Engine.records` changes it in place."""

    body: Any
    attributes: Any
    event_name: str | None


class Engine:
    """Applies a policy; immutable and safe to share between threads.

    No method raises: what cannot be redacted is masked as a whole, and counted.

    Attributes:
        version: Short hash of the policy.
        service: The service whose section applies.
        counts: What was redacted, and what failed.
    """

    def __init__(self, policy: Policy, service: str | None = None) -> None:
        """Compile ``policy`` for ``service``.

        Raises:
            PolicyError: A rule hashes and the variable with the key is not set.
        """
        section = policy.section(service)
        self.version = policy.digest()
        self.service = service
        self.counts = Counts()
        self._rules = Rules(section)
        self._scanner = Scanner(section, self._rules)
        self._marker = Marker(policy.placeholder, _hash_key(policy, service))
        self._keys: dict[str, str] = {}

    @property
    def placeholder(self) -> str:
        """What stands in a secret's place."""
        return self._marker.placeholder

    def text(self, text: str) -> str:
        """``text`` without secrets; the rest stays as it is."""
        try:
            data = text.encode("utf-8", "replace")
            findings = self._scanner.findings(data)
            if not findings:
                return text if text.isascii() else data.decode()
            for found in merged(findings):
                self.counts.redact(found.rule)
            return self._marker.apply(data, findings).decode()
        except Exception:  # noqa: BLE001
            return self._failed()

    def attributes(self, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        """A redacted copy of attributes."""
        try:
            walk = self._walk()
            result = walk.mapping(attributes or {})
            self._search(walk.leaves)
        except Exception:  # noqa: BLE001
            self._failed()
            return {}
        return result

    def body(self, body: Any) -> Any:
        """A redacted copy of a log body of any shape."""
        try:
            walk = self._walk()
            result = [None]
            walk.into(result, 0, body, "", 0)
            self._search(walk.leaves)
        except Exception:  # noqa: BLE001
            return self._failed()
        return result[0]

    def records(self, records: Sequence[Redactable]) -> None:
        """Redact a chunk of records in place: all their texts are searched at once."""
        leaves: list[Leaf] = []
        for record in records:
            leaves += self._record(record)
        try:
            self._search(leaves)
        except Exception:  # noqa: BLE001
            for record in records:
                self._blank(record)

    def explain(self, record: Any) -> list[Note]:
        """Which rule redacts what in a record; nothing of what stands there.

        Raises:
            ScanError: A text could not be searched.
        """
        return explain(self._rules, self._scanner, record)

    def _record(self, record: Redactable) -> list[Leaf]:
        """Redact one record by key and path; the texts that are still to be searched."""
        try:
            walk = self._walk()
            result: dict[str, Any] = {}
            walk.into(result, "body", record.body, "", 0)
            walk.into(result, "event_name", record.event_name, "", 0)
            attributes = walk.mapping(record.attributes or {})
            for leaf in walk.leaves:
                if leaf.container is result:
                    leaf.container = _Fields(record)
            record.body, record.event_name = result["body"], result["event_name"]
            record.attributes = attributes
        except Exception:  # noqa: BLE001
            self._blank(record)
            return []
        return walk.leaves

    def _blank(self, record: Redactable) -> None:
        record.body = self._failed()
        record.attributes = {}
        record.event_name = None

    def _walk(self) -> Walk:
        return Walk(self._rules, self._whole, self._clean_key, self._failed)

    def _failed(self) -> str:
        self.counts.fail()
        return self._marker.placeholder

    def _whole(self, decision: Decision, value: Any) -> str:
        """The mark for a value that a key or path rule redacts."""
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str) and (
            is_mark(text) or (decision.action == "partial" and is_partial(text))
        ):
            return text
        self.counts.redact(decision.rule)
        if decision.action in {"mask", "drop"}:
            return self._marker.placeholder
        return self._marker.mark(decision.action, text if isinstance(text, str) else str(text))

    def _clean_key(self, key: str) -> str:
        """A key without secrets in it."""
        try:
            return self._keys[key]
        except KeyError:
            clean = self.text(key)
        if len(self._keys) >= _KEY_CACHE:
            self._keys.clear()
        self._keys[key] = clean
        return clean

    def _search(self, leaves: list[Leaf]) -> None:
        """Search all leaves in one pass and redact those in which something was found."""
        try:
            joined = SEPARATOR.join([leaf.text for leaf in leaves]).encode()
        except UnicodeEncodeError:
            for leaf in leaves:
                leaf.text = leaf.text.encode("utf-8", "replace").decode()
                leaf.put(leaf.text)
            joined = SEPARATOR.join([leaf.text for leaf in leaves]).encode()
        suspects = [*self._scanner.suspects(joined)]
        if suspects:
            for index in sorted(_touched(leaves, joined, suspects)):
                leaf = leaves[index]
                clean = self.text(leaf.text)
                if clean != leaf.text:
                    leaf.put(clean)


class _Fields:
    """Lets a leaf put its text into a record's field."""

    def __init__(self, record: Redactable) -> None:
        self._record = record

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self._record, name, value)


def _touched(leaves: list[Leaf], joined: bytes, ranges: list[tuple[int, int]]) -> set[int]:
    """Indices of the leaves that the ranges of the joined buffer touch."""
    gap = len(SEPARATOR)
    if joined.isascii():
        sizes = [len(leaf.text) + gap for leaf in leaves]
    else:
        sizes = [len(leaf.text.encode()) + gap for leaf in leaves]
    starts = [0, *accumulate(sizes)]
    touched: set[int] = set()
    for start, end in ranges:
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, max(start, end - 1)) - 1
        touched.update(range(first, min(last, len(leaves) - 1) + 1))
    return touched


def _hash_key(policy: Policy, service: str | None) -> bytes:
    """The key of the hash action, from the environment.

    Raises:
        PolicyError: It is needed and missing or too short.
    """
    section = policy.section(service)
    hashing = [
        rule
        for rules in (section.keys, section.paths, section.values)
        for rule in rules
        if rule.action == "hash"
    ]
    key = os.environ.get(policy.hash_key_variable, "").encode()
    if hashing and len(key) < _MIN_HASH_KEY:
        raise PolicyError(
            "policy",
            0,
            hashing[0].name or "values",
            f"the action hash needs a key: set {policy.hash_key_variable} to at least "
            f"{_MIN_HASH_KEY} random bytes",
        )
    return key
