"""The engine: one policy section, compiled once, applied to values, texts and records."""

import os
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, Protocol

from otel_logging.redaction.counts import Counts
from otel_logging.redaction.explain import Note, explain
from otel_logging.redaction.findings import Marker, merged
from otel_logging.redaction.marks import is_mark, is_partial
from otel_logging.redaction.policy import Policy, PolicyError
from otel_logging.redaction.rules import Decision, Rules
from otel_logging.redaction.scanner import SEPARATOR, Scanner, Suspect
from otel_logging.redaction.walk import MAX_NODES, FieldName, Leaf, Walk, put

_BODY: Final = FieldName("body")
_EVENT_NAME: Final = FieldName("event_name")
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
        self._plain: dict[str, dict[str, str]] = {}

    @property
    def placeholder(self) -> str:
        """What stands in a secret's place."""
        return self._marker.placeholder

    def text(self, text: str) -> str:
        """``text`` without secrets; the rest stays as it is."""
        return self._text(text)

    def _text(self, text: str, suspects: Collection[Suspect] | None = None) -> str:
        try:
            data = text.encode("utf-8", "replace")
            findings = self._scanner.findings(data, suspects=suspects)
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
        """Redact a chunk of records in place: all their texts are searched at once.

        A record that cannot be redacted is blanked; the others stay what they are.
        """
        walk = self._walk()
        starts: list[int] = []
        for record in records:
            known = len(walk.leaves)
            starts.append(known)
            try:
                walk.budget = MAX_NODES
                self._record(walk, record)
            except Exception:  # noqa: BLE001
                del walk.leaves[known:]
                self._blank(record)
        try:
            self._search(walk.leaves)
        except Exception:  # noqa: BLE001
            self._search_apart(records, walk.leaves, starts)

    def _search_apart(
        self, records: Sequence[Redactable], leaves: list[Leaf], starts: list[int]
    ) -> None:
        """Search record by record, so that only the one that cannot be searched is blanked."""
        for record, (start, end) in zip(records, pairwise([*starts, len(leaves)]), strict=True):
            try:
                self._search(leaves[start:end])
            except Exception:  # noqa: BLE001
                self._blank(record)

    def explain(self, record: Any) -> list[Note]:
        """Which rule redacts what in a record; nothing of what stands there.

        Raises:
            ScanError: A text could not be searched.
        """
        return explain(self._rules, self._scanner, record)

    @staticmethod
    def _record(walk: Walk, record: Redactable) -> None:
        """Redact one record by key and path; its texts are still to be searched."""
        attributes = record.attributes
        if attributes:
            record.attributes = walk.mapping(attributes)
        if record.event_name:
            walk.leaves.append((record.event_name, record, _EVENT_NAME, "", None))
        body = record.body
        if type(body) is str:
            walk.leaves.append((body, record, _BODY, "", None))
        elif body is not None:
            result = {_BODY: body}
            first = len(walk.leaves)
            walk.into(result, _BODY, body, "", 0)
            record.body = result[_BODY]
            for index, leaf in enumerate(walk.leaves[first:], first):
                if leaf[1] is result:
                    walk.leaves[index] = (leaf[0], record, *leaf[2:])

    def _blank(self, record: Redactable) -> None:
        record.body = self._failed()
        record.attributes = {}
        record.event_name = None

    def _walk(self) -> Walk:
        return Walk(self._rules, self._whole, self._clean_key, self._failed, self._plain)

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
            joined = SEPARATOR.join([leaf[0] for leaf in leaves]).encode()
        except UnicodeEncodeError:
            for index, leaf in enumerate(leaves):
                text = leaf[0].encode("utf-8", "replace").decode()
                if text != leaf[0]:
                    leaves[index] = (text, *leaf[1:])
                    put(leaf, text)
            joined = SEPARATOR.join([leaf[0] for leaf in leaves]).encode()
        suspects = [*self._scanner.suspects(joined)]
        for index, touching in sorted(_touched(leaves, joined, suspects).items()):
            leaf = leaves[index]
            clean = self._text(leaf[0], touching)
            if clean != leaf[0]:
                put(leaf, clean)


def _touched(
    leaves: list[Leaf], joined: bytes, suspects: Sequence[Suspect]
) -> dict[int, list[Suspect]]:
    """The suspects by the indices of the leaves that they touch, with offsets in these."""
    if not suspects:
        return {}
    gap = len(SEPARATOR)
    if joined.isascii():
        sizes = [len(leaf[0]) + gap for leaf in leaves]
    else:
        sizes = [len(leaf[0].encode()) + gap for leaf in leaves]
    starts = [0, *accumulate(sizes)]
    touched: dict[int, list[Suspect]] = {}
    for kind, start, end in suspects:
        first = bisect_right(starts, start) - 1
        last = bisect_right(starts, max(start, end - 1)) - 1
        for index in range(first, min(last, len(leaves) - 1) + 1):
            place = (kind, start - starts[index], end - starts[index])
            touched.setdefault(index, []).append(place)
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
