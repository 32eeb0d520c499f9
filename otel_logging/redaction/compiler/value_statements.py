"""OTTL statements that mask what value patterns find, in items that may hold something."""

from collections.abc import Iterator

from otel_logging.redaction.compiler import gates, word_statements
from otel_logging.redaction.compiler.conditions import contains, ottl
from otel_logging.redaction.compiler.loans import show
from otel_logging.redaction.compiler.ottl import (
    CONTEXTS,
    KINDS,
    SIGNAL_STATEMENTS,
    STRUCTURE,
    cached,
    lent,
    quoted,
    seen,
)
from otel_logging.redaction.compiler.value_patterns import OF_DIGITS, names_in_text, text_detectors
from otel_logging.redaction.policy import Section


def values(section: Section) -> dict[str, object]:
    """The processor's settings."""
    groups = {
        context: [
            {
                "context": context,
                "conditions": [f"{seen(context, kind)} != nil" for kind in KINDS],
                "statements": _rewrite(section, context),
            }
        ]
        for context in {context: None for contexts in CONTEXTS.values() for context in contexts}
    }
    result: dict[str, object] = {"error_mode": "propagate"}
    for signal, contexts in CONTEXTS.items():
        result[SIGNAL_STATEMENTS[signal]] = [
            group for context in contexts for group in groups[context]
        ]
    return result


def _rewrite(section: Section, context: str) -> list[str]:
    """Mask in the attributes; a structured body is lent to them, flat."""
    attributes, text = f"{context}.attributes", cached(context, "text")
    count = f'{attributes}["redaction.masked.count"]'
    lend = [f"set({lent('log.body')}, log.body) where {STRUCTURE}"] if context == "log" else []
    statements = [
        *show(context),
        *lend,
        f"flatten({attributes})",
        f"set({text}, String({attributes}))",
        *(
            f'replace_all_patterns({attributes}, "value", {quoted(pattern)}, "****") where {gate}'
            for pattern, gate in _patterns(section, context)
        ),
    ]
    if names_in_text(section):
        words = word_statements.statements(section, context)
        statements += [_where(each, f"{seen(context, 'words')} != nil") for each in words]
    if context != "datapoint":
        changed = f"{text} != String({attributes})"
        statements.append(f"set({count}, 1) where {count} == nil and {changed}")
    return statements + (_body() if context == "log" else [])


def _where(statement: str, condition: str) -> str:
    call, where, narrower = statement.partition(" where ")
    return f"{call} where {condition} and {narrower}" if where else f"{call} where {condition}"


def _patterns(section: Section, context: str) -> Iterator[tuple[str, str]]:
    """Every pattern with the condition under which it is run, in their order."""
    numbers, tokens, _ = (f"{seen(context, kind)} != nil" for kind in KINDS)
    chosen = text_detectors(section)
    for each in chosen:
        if each.name in OF_DIGITS:
            yield each.collector_pattern, numbers
    for together in gates.runs(chosen):
        yield "|".join(f"(?:{each.collector_pattern})" for each in together), tokens
    for each in gates.others(chosen):
        if each.literals:
            here = ottl(contains("text", each.literals), context)
            yield each.collector_pattern, f"{tokens} and {here}"
        else:
            yield each.collector_pattern, tokens


def _body() -> list[str]:
    """Of a structured body, the flat copy takes its place if something was masked in it."""
    now, was, changed = (cached("log", name) for name in ("now", "was", "changed"))
    copy = "^otlog\\\\.loan\\\\.body"
    return [
        f'set({was}, ParseJSON("{{}}")) where {STRUCTURE}',
        f'set({was}["otlog.loan.body"], log.body) where {STRUCTURE}',
        f"flatten({was}) where {STRUCTURE}",
        f"set({now}, log.attributes) where {STRUCTURE}",
        f'keep_matching_keys({now}, "{copy}") where {STRUCTURE}',
        f'delete_matching_keys(log.attributes, "{copy}") where {STRUCTURE}',
        f"set({changed}, true) where {now} != nil and String({now}) != String({was})",
        f'replace_all_patterns({now}, "key", "{copy}\\\\.?", "") where {now} != nil',
        f"set(log.body, {now}) where {changed} == true",
    ]
