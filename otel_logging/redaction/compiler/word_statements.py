"""Statements that mask what stands beside a name to redact in a text.

First each name is put between two characters that no text has. Then the shapes look for these, not
for hundreds of names each: they are short, and start with a literal.
"""

import re
from typing import Final

from otel_logging.redaction.compiler.conditions import contains, ottl
from otel_logging.redaction.compiler.gates import bundles, spelled
from otel_logging.redaction.compiler.ottl import (
    CLOSE,
    KEPT,
    MARK,
    OPEN,
    cached,
    character,
    first,
    quoted,
)
from otel_logging.redaction.compiler.value_patterns import names_in_text
from otel_logging.redaction.policy import Section
from otel_logging.redaction.shapes import SHAPES, VALUE

_FIRST: Final = re.compile("⟨(.+?)⟩")
_FIRST_QUOTED: Final = re.compile("⟪(.+?)⟫")
_SCHEME: Final = re.compile(r"\(\?i:bearer[^)]*\)")
_VALUE: Final = re.compile(r"\(\?P<(?:rest|bare|double|loose)>")
_WORD: Final = rf"{OPEN}[^\n=:<>]*{CLOSE}"
_GATES: Final = {
    "cookie": ("cookie",),
    "element": ("</", "u003c/"),
    "part": ("name=",),
    "named": ("val", "content", "data", "text"),
    "input": ("input_value=",),
}
"""Literals of which one, in lower case, is in every text of a shape."""


def statements(section: Section, context: str) -> list[str]:
    """The statements; they work on the attributes, and on their text in lower case."""
    target = f"{context}.attributes"
    names = {name for name in names_in_text(section) if name != ("cookie",)}

    def replaced(pattern: str, replacement: str, where: str = "") -> str:
        call = f'replace_all_patterns({target}, "value", {quoted(pattern)}, {quoted(replacement)})'
        return f"{call} where {where}" if where else call

    # The cookie shape takes the whole header; it must not find it half taken.
    found = bundles({name for name in names if not any("cookie" in part for part in name)})
    return [
        f"set({cached(context, 'lower')}, ToLowerCase({cached(context, 'text')}))",
        f'replace_pattern({cached(context, "lower")}, "\u017f", "s")',
        replaced(f"[{OPEN}{CLOSE}{KEPT}]", ""),
        replaced(MARK, character(KEPT) + "${1}"),
        *(
            replaced(
                f"(?i)({spelled(bundle)})",
                character(OPEN) + "${1}" + character(CLOSE),
                ottl(contains("lower", [group.stem for group in bundle]), context),
            )
            for bundle in found
        ),
        *(
            replaced(
                pattern,
                replacement,
                ottl(contains("lower", _GATES[name]), context) if name in _GATES else "",
            )
            for name, (pattern, replacement) in shapes().items()
        ),
        replaced(f"[{OPEN}{CLOSE}]", ""),
        replaced(KEPT, "***"),
    ]


def shapes() -> dict[str, tuple[str, str]]:
    """For each shape, what to find in a text with marked names, and what to put in its place."""
    return {name: _shape(shape.pattern) for name, shape in SHAPES.items() if not shape.inside}


def _shape(template: str) -> tuple[str, str]:
    template = template.replace("(?P<word>WORDS)", _WORD)
    template = template.replace(r"[\w.-]", rf"[\w.{OPEN}{CLOSE}-]")
    template = template.replace(r"[\w-]", rf"[\w{OPEN}{CLOSE}-]")
    value = template.find(VALUE)
    if value < 0 and (found := _VALUE.search(template)) and "(?P<list>" not in template:
        value = found.start()
    before, rest = (template[:value], template[value:]) if value >= 0 else ("", template)
    return "(?i)" + (f"({before})" if before else "") + _filled(rest), (
        "${1}****" if before else "****"
    )


def _filled(template: str) -> str:
    """A value's pattern that passes over marks and covers brackets: no code stands behind it."""
    template = _SCHEME.sub(lambda match: f"{OPEN}?{match[0]}{CLOSE}?", template)
    template = _FIRST.sub(lambda match: first(match[1]), template)
    template = _FIRST_QUOTED.sub(lambda match: first(match[1], escapes=True), template)
    return template.replace("OPEN", r"[^\]}\n]*[\]}]?")
