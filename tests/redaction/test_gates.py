"""What is masked stands behind gates, in both layers: none may be shut on what has to be masked."""

import json
import re
from functools import cache

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_logging.redaction import load_policy
from otel_logging.redaction.compiler import gates, word_statements
from otel_logging.redaction.compiler.conditions import Every, Matches, Some
from otel_logging.redaction.compiler.ottl import CLOSE, OPEN, character
from otel_logging.redaction.compiler.stems import Group
from otel_logging.redaction.compiler.value_patterns import NUMBERS, OF_DIGITS, names_in_text
from otel_logging.redaction.detectors import TABLE
from otel_logging.redaction.keys import segments
from tests.redaction.cases import load

SECTION = load_policy().union()
KINDS = gates.kinds(SECTION)
NAMED = gates.named(SECTION)
SUSPICIOUS_KEY = gates.suspicious_key(SECTION)
OWN_KEYS = re2.compile(gates.own_keys(SECTION))
CASES = [
    case
    for case in load()
    if case.surface.name == "attribute" and isinstance(case.value, str) and not case.unreachable
]
WITHIN_ASCII = [each for each in TABLE.values() if "10ffff" not in each.collector_pattern]
SHAPES = {
    "block": "{}: |\n  hunter2-Xq9\n",
    "assignment": "login {}=hunter2-Xq9 ok",
    "colon": "{}: hunter2-Xq9",
    "json": '{{"{}": "hunter2-Xq9"}}',
    "escaped json": '{{\\"my.{}\\":\\"hunter2-Xq9\\"}}',
    "repr": "{{'{}': 'hunter2-Xq9'}}",
    "index": "os.environ['{}'] = hunter2-Xq9",
    "element": "<user_{0}>hunter2-Xq9</user_{0}>",
    "element with attribute": '<{0} type="x">hunter2-Xq9</{0}>',
    "flag": "run --db-{} hunter2-Xq9",
    "part": 'form-data; name="{}"\n\nhunter2-Xq9\n',
    "named": '{{"name": "{}", "value": "hunter2-Xq9"}}',
    "spread": '"{}" :\n    "hunter2-Xq9"',
    "input": "{}\n  Input should be valid [type=x, input_value=hunter2-Xq9, input_type=str]",
    "tuple": "[('{}', 'hunter2-Xq9')]",
}
"""A text of each shape, and of more than one way to write some."""


@cache
def compiled(pattern):
    return re2.compile(pattern)


def holds(condition, texts):
    """Evaluate a condition as the Collector does."""
    match condition:
        case Matches(text, pattern):
            return compiled(pattern).search(texts[text]) is not None
        case Every(parts):
            return all(holds(part, texts) for part in parts)
        case Some(parts):
            return any(holds(part, texts) for part in parts)


def searched(value):
    """The texts in which the Collector searches for what an attribute with this value may hold."""
    text = json.dumps([value], ensure_ascii=False, separators=(",", ":")) + "\n" + value
    lower = text.lower().replace("ſ", "s")
    return {"text": text, "lower": lower, "all": lower}


def words_gate(texts):
    """Whether a text is searched for names and their values."""
    return holds(NAMED, texts) and holds(KINDS["words"], texts)


@pytest.mark.parametrize("detector", TABLE.values(), ids=TABLE)
def test_gate_opens_for_examples(detector):
    """For each example of each detector, of whatever profile."""
    for text in detector.matches:
        assert holds(gates.detector(detector), searched(text)), text
        assert compiled(detector.gate_pattern).search(text), text


@pytest.mark.parametrize("detector", WITHIN_ASCII, ids=lambda each: each.name)
def test_gate_opens_for_whatever_matches(detector):
    """For texts made from the pattern itself, the shortest among them."""
    pattern = detector.collector_pattern.replace(r"\z", r"\Z")
    pattern = re.sub(r"\\x\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), pattern)

    @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    @given(st.from_regex(re.compile(pattern, re.ASCII)))
    def check(text):
        if compiled(detector.collector_pattern).search(text):
            assert holds(gates.detector(detector), searched(text)), text
        if found := compiled(detector.pattern).search(text):
            gate = compiled(detector.gate_pattern).search(found.group())
            assert gate, text
            assert "\n" not in found.group()[: gate.end()], text

    check()


def test_kinds_open_for_examples():
    """The gates of the default policy, in which detectors share conditions, open as well."""
    for detector, _ in gates.detectors(SECTION):
        kind = "numbers" if detector.name in OF_DIGITS | NUMBERS else "tokens"
        for text in detector.matches:
            assert holds(KINDS[kind], searched(text)), text


def masked(text, name):
    """Mask a text with the statements for a name in text."""
    found = compiled(f"(?i)({gates.spelled([Group('', (name,))])})".encode())
    marked = f"{character(OPEN)}\\1{character(CLOSE)}".encode()
    data = found.sub(marked, text.encode())
    for pattern, replacement in word_statements.shapes().values():
        data = compiled(pattern.encode()).sub(replacement.replace("${1}", r"\1").encode(), data)
    return data.decode()


@pytest.mark.parametrize("shape", SHAPES)
def test_words_gate_opens_for_every_name_in_every_shape(shape):
    """Where the statements mask a value beside a name, their gate is open."""
    for position, name in enumerate(sorted(names_in_text(SECTION) - {("cookie",)})):
        text = SHAPES[shape].format(["_", "", "-", " "][position % 4].join(name))

        assert "hunter2" not in masked(text, name), text
        assert words_gate(searched(text)), text


def test_some_gate_opens_for_every_case():
    """For each text of the corpus that the Collector has to mask."""
    for case in CASES:
        texts = searched(case.value)

        others = (holds(KINDS[kind], texts) for kind in ("numbers", "tokens"))
        assert any(others) or words_gate(texts), case.name


def keys_gate(joined):
    """Whether keys, written together between zeros, are held against the key rules."""
    joined = OWN_KEYS.sub("", joined)
    texts = {"together": joined, "all": joined}
    return holds(NAMED, texts) and holds(SUSPICIOUS_KEY, texts)


def test_keys_gate_opens_for_every_name():
    """For each name, alone, in a longer key, and between keys of ours."""
    for rule in SECTION.keys:
        for name in filter(str.isascii, rule.match):
            joined = "".join(segments(name))

            assert keys_gate(f"0{joined}0"), name
            assert keys_gate(f"0codefunctionname00my{joined}x00codelinenumber0"), name


def test_gates_stay_shut_for_ordinary_records():
    """A gate that is always open is no gate."""
    texts = searched("GET /items/4711?page=12 from 10.1.2.3 answered 200 in 17 ms")

    assert not any(holds(KINDS[kind], texts) for kind in ("numbers", "tokens"))
    assert not words_gate(texts)
    assert not keys_gate("0logrecorduid00codefunctionname00httpresponsestatuscode00userid0")
