"""OTTL statements that mask what value patterns find, in items that may hold something."""

from typing import Final

from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    KINDS,
    SIGNAL_STATEMENTS,
    any_index,
    cached,
    lent,
    quoted,
    seen,
)
from otel_logging.redaction.compiler.value_patterns import OF_DIGITS, text_detectors
from otel_logging.redaction.pairs import shapes
from otel_logging.redaction.policy import Section

_STRUCTURE: Final = "(IsMap(log.body) or IsList(log.body))"


def values(section: Section) -> dict[str, object]:
    """The processor's settings."""
    groups = {
        context: {
            "context": context,
            "conditions": [f"{seen(context, kind)} != nil" for kind in KINDS],
            "statements": _rewrite(section, context),
        }
        for context in {context: None for contexts in CONTEXTS.values() for context in contexts}
    }
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [groups[context] for context in contexts]
    return result


def _rewrite(section: Section, context: str) -> list[str]:
    """Mask in the attributes; a structured body is lent to them, flat."""
    attributes, text = f"{context}.attributes", cached(context, "text")
    count = f'{attributes}["redaction.masked.count"]'
    lend = [f"set({lent('log.body')}, log.body) where {_STRUCTURE}"] if context == "log" else []
    statements = [
        *lend,
        f"flatten({attributes})",
        f"set({text}, String({attributes}))",
        *(
            f'replace_all_patterns({attributes}, "value", {quoted(pattern)}, "****") where {gate}'
            for pattern, gate in _patterns(section, context)
        ),
    ]
    if context != "datapoint":
        changed = f"{text} != String({attributes})"
        statements.append(f"set({count}, 1) where {count} == nil and {changed}")
    return statements + (_body() if context == "log" else [])


def _patterns(section: Section, context: str) -> list[tuple[str, str]]:
    """Every pattern with the condition under which it is run, in their order."""
    numbers, tokens, words = (f"{seen(context, kind)} != nil" for kind in KINDS)
    chosen = text_detectors(section)
    found = [(each.collector_pattern, numbers) for each in chosen if each.name in OF_DIGITS]
    for each in chosen:
        if each.name not in OF_DIGITS:
            here = any_index(cached(context, "text"), each.literals)
            found.append((each.collector_pattern, f"{tokens} and ({here})" if here else tokens))
    return found + [(each, words) for each in shapes(section, for_collector=True).values()]


def _body() -> list[str]:
    """Of a structured body, the flat copy takes its place if something was masked in it."""
    now, was, changed = (cached("log", name) for name in ("now", "was", "changed"))
    copy = "^otlog\\\\.loan\\\\.body"
    return [
        f'set({was}, ParseJSON("{{}}")) where {_STRUCTURE}',
        f'set({was}["otlog.loan.body"], log.body) where {_STRUCTURE}',
        f"flatten({was}) where {_STRUCTURE}",
        f"set({now}, log.attributes) where {_STRUCTURE}",
        f'keep_matching_keys({now}, "{copy}") where {_STRUCTURE}',
        f'delete_matching_keys(log.attributes, "{copy}") where {_STRUCTURE}',
        f"set({changed}, true) where {now} != nil and String({now}) != String({was})",
        f'replace_all_patterns({now}, "key", "{copy}\\\\.?", "") where {now} != nil',
        f"set(log.body, {now}) where {changed} == true",
    ]
