"""Cases made at random: names and values of every kind, in every shape, anywhere in a record.

The same ones each time, so that what fails can be looked at again.
"""

import base64
import json
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import HypothesisProvider

from otel_logging.redaction import load_policy
from otel_logging.redaction.detectors import TABLE
from otel_logging.redaction.gates import compiled
from otel_logging.redaction.keys import segments
from otel_logging.redaction.scanner import Pattern
from tests.redaction.cases import Case
from tests.redaction.surfaces import MAP_SURFACES, TEXT_SURFACES

COUNT = 150
"""Cases of each of the two kinds: texts and maps."""

_KEYS = load_policy().keys
_NAMES = sorted({word for rule in _KEYS for word in rule.match})
_NAMES_IN_TEXT = sorted({word for rule in _KEYS if rule.text for word in rule.match})
_DETECTORS = [each for each in TABLE.values() if "default" in each.profiles]
_WORDS = ("order", "shipped", "by", "carrier", "blue", "lamp", "retrying", "done", "주문", "완료")
_SHAPES = (
    "{name}={value}",
    "{name}: {value}",
    '"{name}": "{value}"',
    "'{name}': '{value}'",
    "{name} => {value}",
    "--{name} {value}",
    "<{name}>{value}</{name}>",
    '{{"name": "{name}", "value": "{value}"}}',
    "('{name}', '{value}')",
    "{name} -> {value}",
)
_WRAPPINGS = {
    "percent-encoding": lambda text: quote(text, safe=""),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps({"n": text}))),
}
_UNREACHABLE = "decoding of wrapped values"

_Planted = tuple[Any, tuple[str, ...]]
"""A value, and the secrets in it."""

_letters = st.sampled_from("abcdefghkmnpqrstuvwxyzABCDEFGHKMN23456789")
_secrets = st.lists(_letters, min_size=8, max_size=20).map("".join).map("Zk9{}x".format)
_fillers = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)
_plain_keys = st.sampled_from(["a", "item", "shop.city", "Note", "x1"])


@st.composite
def _spelled(draw: st.DrawFn, names: list[str]) -> str:
    """A name as somebody may write it, alone or as the end of a longer one."""
    before = draw(st.sampled_from([[], ["user"], ["db"], ["my", "app"]]))
    parts = [*before, *segments(draw(st.sampled_from(names)))]
    style = draw(st.sampled_from(["_", "-", ".", "camel", "UPPER"]))
    # A digit is no capital: docs/security.md says what the Collector makes of `db2FaCode`.
    if style == "camel" and all(part.isascii() and part[0].isalpha() for part in parts):
        return parts[0] + "".join(part.capitalize() for part in parts[1:])
    return "_".join(parts).upper() if style == "UPPER" else style.replace("camel", "_").join(parts)


@st.composite
def _named_text(draw: st.DrawFn) -> _Planted:
    name, secret = draw(_spelled(_NAMES_IN_TEXT)), draw(_secrets)
    return draw(st.sampled_from(_SHAPES)).format(name=name, value=secret), (secret,)


@st.composite
def _detected_text(draw: st.DrawFn) -> _Planted:
    detector = draw(st.sampled_from(_DETECTORS))
    text = draw(st.sampled_from(detector.matches))
    regexp = compiled(detector.pattern)
    found = Pattern(detector, regexp, regexp.groupindex.get(b"secret", 0), "mask")
    return text, tuple(each.value.decode() for each in found.find(text.encode()))


@st.composite
def _text(draw: st.DrawFn) -> _Planted:
    """A sentence with a secret in it."""
    text, secrets = draw(_named_text() | _detected_text())
    return f"{draw(_fillers)} {text} {draw(_fillers)}", secrets


@st.composite
def _plant(draw: st.DrawFn) -> _Planted:
    """A map with a secret in it, of any kind."""
    secret = draw(_secrets)
    named = _spelled(_NAMES)
    kind = draw(st.sampled_from(["key", "key", "deep", "object", "text"]))
    if kind == "key":
        return {draw(named): secret}, (secret,)
    if kind == "deep":
        return {draw(named): {"a": [secret, 17], "b": {"c": secret}}}, (secret,)
    if kind == "object":
        title = draw(st.sampled_from(["name", "key", "id", "label"]))
        return {"fields": [{title: draw(named), "value": secret}]}, (secret,)
    text, secrets = draw(_text())
    return {draw(_plain_keys): text}, secrets


@st.composite
def _record(draw: st.DrawFn) -> _Planted:
    """A map of some depth with up to three secrets in it."""
    value: Any = {}
    secrets: tuple[str, ...] = ()
    for index in range(draw(st.sampled_from((1, 2, 3)))):
        planted, found = draw(_plant())
        for _ in range(draw(st.sampled_from((0, 1, 2, 3)))):
            beside = draw(_fillers)
            inside = draw(st.booleans())
            planted = {"deeper": [planted, beside]} if inside else {"deeper": planted, "b": beside}
        value[f"part{'abc'[index]}"] = planted
        secrets += found
    return value, secrets


@cache
def generated() -> tuple[Case, ...]:
    """The cases."""
    cases: list[Case] = []

    def collect(kind: str, surfaces: Any, strategy: st.SearchStrategy[_Planted]) -> None:
        found: list[_Planted] = []

        @settings(
            max_examples=COUNT,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def take(planted: _Planted) -> None:
            found.append(planted)

        # Constants of the modules that happen to be loaded would make other cases in each run.
        with patch.object(HypothesisProvider, "_maybe_draw_constant", return_value=None):
            take()
        for number, (value, secrets) in enumerate(found):
            surface = surfaces[number % len(surfaces)]
            name = f"{kind} {number} in {surface.name}"
            cases.append(Case(name, surface, value, secrets, unreachable=surface.unreachable))

    collect("text", TEXT_SURFACES, _text())
    collect("record", MAP_SURFACES, _record())
    for number, (wrapping, wrap) in enumerate(_WRAPPINGS.items()):
        for case in cases[number : COUNT // 2 : 4]:
            if case.unreachable is None and case.value.isascii():
                text = wrap(case.value)
                name = f"{wrapping} of {case.name}"
                cases.append(Case(name, case.surface, text, (text,), unreachable=_UNREACHABLE))
    return tuple(cases)
