"""Looks at items one by one: what the policy would have redacted there is a finding."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from otel_logging.audit.findings import Finding, Fingerprints
from otel_logging.audit.items import Encoding, Item, Text
from otel_logging.audit.needles import Needles
from otel_logging.audit.parts import joined, parts
from otel_logging.audit.search import Search, inflated
from otel_logging.redaction.marks import PLACEHOLDER, is_mark, is_partial
from otel_logging.redaction.policy import Section
from otel_logging.redaction.rules import Decision, Rules
from otel_logging.redaction.scanner import MAX_DEPTH, SEPARATOR, Scanner
from otel_logging.redaction.walk import SMALLEST, Walk

_GZIP: Final = "\x1f\x8b"
_HOLDING: Final = frozenset('{["\x1f')
"""Characters with which a text begins that may hold what is not to be seen from outside."""

_MAX_VALUES: Final = 1 << 40
_IDENTITIES = frozenset(
    ("trace_id", "span_id", "parent_span_id", "traceId", "spanId", "parentSpanId", "uid", "series")
)
_IDENTITY = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")


class _Leak(NamedTuple):
    """A secret inside an item."""

    field: str
    rule: str
    secret: bytes
    encoding: Encoding


@dataclass(slots=True)
class _Reading(Walk):
    """A walk that keeps what its rules redact, and every number where needles are looked for."""

    taken: list[tuple[str, Decision, Any]] = field(default_factory=list)
    all_numbers: bool = False

    def _redacted(self, decision: Decision, item: Any, path: str) -> Any:
        self.taken.append((path, decision, item))

    def _number(self, target: Any, key: Any, item: float, path: str) -> None:
        if self.all_numbers:
            self.leaves.append((str(item), target, key, path, None))
        # The class is made anew for its slots, so that super() without arguments fails.
        Walk._number(self, target, key, item, path)  # noqa: SLF001


class Inspector:
    """Finds secrets in items."""

    def __init__(self, section: Section, needles: Needles, fingerprints: Fingerprints) -> None:
        """Compile the rules of ``section``.

        Raises:
            PolicyError: The rules are too many.
        """
        self._rules = Rules(section)
        self._search = Search(Scanner(section, self._rules), needles)
        self._fingerprints = fingerprints
        self._plain: dict[str, dict[str, str]] = {}
        self._clean_keys: set[str] = set()
        self.unread = 0
        """How many values could not be looked at."""

    def findings(self, item: Item) -> Iterator[Finding]:
        """Every secret in an item, each once at a place.

        Raises:
            ScanError: A text could not be searched.
        """
        seen: set[Finding] = set()
        for found in self._of_text(item) if isinstance(item, Text) else self._of_value(item):
            if found not in seen:
                seen.add(found)
                yield found

    def shown(self, name: str) -> str:
        """A name from an input, such as a path, fit to be shown: short and without secrets."""
        data = name.encode("utf-8", "replace")
        pieces, position = [b""], 0
        for hit in sorted(self._search.hits(data), key=lambda each: each.start):
            if hit.start >= position:
                pieces += (data[position : hit.start], PLACEHOLDER.encode())
            position = max(position, hit.end)
        pieces.append(data[position:])
        text = b"".join(pieces).decode("utf-8", "replace")
        if any(self._search.hits(text.encode())):
            text = PLACEHOLDER
        text = "".join(char if char.isprintable() else "?" for char in text)
        return text if len(text) <= 300 else f"{text[:200]}…{text[-90:]}"

    def _of_text(self, item: Text) -> Iterator[Finding]:
        for hit in self._search.hits(item.data, item.first, item.last):
            encoding = (*item.encoding, *hit.encoding)
            yield self._finding(item.location(hit.start), _Leak("", hit.rule, hit.secret, encoding))

    def _of_value(self, item: Item) -> Iterator[Finding]:
        assert not isinstance(item, Text)
        for leak in self._leaks(item.content, item.encoding, "", MAX_DEPTH):
            location, rest = item.location(leak.field)
            yield self._finding(location, leak._replace(field=rest))

    def _finding(self, location: str, leak: _Leak) -> Finding:
        return Finding(
            location=self.shown(location),
            field=self.shown(leak.field),
            rule=leak.rule,
            encoding=tuple(part for each in leak.encoding for part in each.split("+")),
            fingerprint=self._fingerprints.of(leak.secret),
        )

    def _leaks(self, content: Any, encoding: Encoding, path: str, depth: int) -> Iterator[_Leak]:
        """Every secret in a value of any shape."""
        for above, part in parts(content, path):
            walk = self._walk()
            walk.into([None], 0, part, "", 0)
            for below, decision, item in walk.taken:
                where = joined(above, below)
                if decision.kind == "limit":
                    yield from self._leaks(item, encoding, where, depth)
                elif not _is_marked(item):
                    yield from self._taken(where, decision, item, encoding)
            texts = SEPARATOR.join([leaf[0] for leaf in walk.leaves])
            clean = not texts or self._search.is_clean(texts.encode("utf-8", "replace"))
            for text, container, _, below, _ in walk.leaves:
                if clean and text.lstrip()[:1] not in _HOLDING:
                    continue
                where = joined(above, below)
                if container is _KEY:
                    yield from self._of_string(text, encoding, f"{where} (key)", 0)
                elif not (below.rpartition(".")[2] in _IDENTITIES and _IDENTITY.fullmatch(text)):
                    yield from self._of_string(text, encoding, where, depth)

    def _taken(
        self, path: str, decision: Decision, item: Any, encoding: Encoding
    ) -> Iterator[_Leak]:
        """A value that a key or path rule redacts; a needle in it is told of too."""
        secret = _as_text(item).encode("utf-8", "replace")
        yield _Leak(path, decision.rule, secret, encoding)
        for hit in self._search.planted(secret) if self._search.needles else ():
            yield _Leak(path, hit.rule, hit.secret, (*encoding, *hit.encoding))

    def _of_string(self, text: str, encoding: Encoding, path: str, depth: int) -> Iterator[_Leak]:
        """Every secret in a string, which may hold JSON or compressed data."""
        if depth and text.startswith(_GZIP):
            inner = inflated(text.encode("latin-1", "replace")).decode("utf-8", "replace")
            yield from self._of_string(inner, (*encoding, "gzip"), path, depth - 1)
        elif depth and (held := json_in(text)) is not None:
            yield from self._leaks(held, (*encoding, "json"), path, depth - 1)
        else:
            for hit in self._search.hits(text.encode("utf-8", "replace")):
                yield _Leak(path, hit.rule, hit.secret, (*encoding, *hit.encoding))

    def _walk(self) -> _Reading:
        walk = _Reading(
            self._rules,
            redact=lambda _decision, _item: None,
            clean_key=str,
            failed=self._failed,
            plain=self._plain,
            budget=_MAX_VALUES,
            all_numbers=bool(self._search.needles),
            smallest=0 if self._search.needles else SMALLEST,
        )
        walk.clean_key = lambda key: self._key(key, walk)
        return walk

    def _key(self, key: str, walk: _Reading) -> str:
        """Have a key searched that was not met before; a key can be a secret too."""
        if key not in self._clean_keys:
            if any(self._search.hits(key.encode("utf-8", "replace"))):
                walk.leaves.append((key, _KEY, key, "", None))
                # A key that is changed is asked about each time that it is met.
                return ""
            if len(self._clean_keys) < 10_000:
                self._clean_keys.add(key)
        return key

    def _failed(self) -> None:
        self.unread += 1


_KEY: Final = object()


def json_in(text: str) -> Any:
    """The map, list or string that a text is the JSON of; None when it is no such JSON.

    Of a key that stands twice in a map both values are kept.
    """
    bare = text.strip()
    if bare[:1] + bare[-1:] not in {"{}", "[]", '""'} or len(bare) < 2:
        return None
    try:
        return json.loads(bare, object_pairs_hook=_mapping)
    except (ValueError, RecursionError):
        return None


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        for name in result:
            values = [value for key, value in pairs if key == name]
            result[name] = values if len(values) > 1 else values[0]
    return result


def _is_marked(item: Any) -> bool:
    """Whether nothing but marks is left of a value."""
    if isinstance(item, str):
        return not item.strip() or is_mark(item) or is_partial(item)
    if isinstance(item, Mapping):
        return all(map(_is_marked, item.values()))
    if isinstance(item, (list, tuple)):
        return all(map(_is_marked, item))
    return item is None or isinstance(item, bool)


def _as_text(item: Any) -> str:
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace")
    if isinstance(item, str):
        return item
    try:
        return json.dumps(item, sort_keys=True, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        return str(type(item))
