"""Functions made for a shape of attributes encode what the loop encodes that they stand for."""

import itertools
import random

import pytest
from opentelemetry.exporter.otlp.proto.common._internal import _encode_attributes
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from otel_logging.bridge import fields as module
from otel_logging.bridge.fields import MAX_SHAPES, OFTEN, fields
from otel_logging.bridge.wire import ENCODING

EDGES = {
    str: ["", "a", "x" * 127, "x" * 128, "é" * 64, "x" * 255, "한글 ✓" * 60, "x" * 70_000, "\x00"],
    int: [0, -1, 127, 128, 2**14 - 1, 2**14, 2**28 - 1, 2**28, 2**63 - 1, -(2**63)],
    float: [0.0, -1.5, 1e308, float("inf")],
    bool: [True, False],
    list: [[], ["a", 1, None], [{"a": [b"x"]}]],
    dict: [{}, {"a": {"b": 1.5}}],
    bytes: [b"", bytes(range(256))],
}


@pytest.fixture(autouse=True)
def _forgotten():
    """Start and end without functions."""
    module._shapes.clear()
    yield
    module._shapes.clear()


def decoded(attributes):
    """Attributes as the official protobufs read ours."""
    return [*LogRecord.FromString(fields(attributes).encode(ENCODING)).attributes]


def learn(attributes):
    """Have a function made for the shape of these."""
    for _ in range(OFTEN):
        fields(attributes)
    assert callable(module._shapes[tuple(attributes)])


@pytest.mark.parametrize("kinds", [*itertools.product(EDGES, repeat=2)])
def test_values_at_every_edge_are_the_official_ones(kinds):
    """Each type with each: every size of length, signs, characters beyond ASCII."""
    names = ("http.route", "이름" * 30)
    learn({name: EDGES[kind][0] for name, kind in zip(names, kinds, strict=True)})
    for values in itertools.product(*(EDGES[kind] for kind in kinds)):
        attributes = dict(zip(names, values, strict=True))

        assert decoded(attributes) == _encode_attributes(attributes)


def test_values_of_other_types_than_learnt_are_encoded_too():
    """A name may hold a text in one record and nothing or a number in the next."""
    learn({"a": "text", "b": 1, "c": 1.5})
    chooser = random.Random(3)
    for _ in range(300):
        attributes = {name: chooser.choice(EDGES[chooser.choice([*EDGES])]) for name in "abc"}

        assert decoded(attributes) == _encode_attributes(attributes)


def test_what_protobuf_cannot_carry_is_written_in_another_way():
    """A lone surrogate as its escape, an integer of more than 64 bits as text."""
    learn({"text": "a", "number": 1})
    text, number = decoded({"text": "\udcff", "number": 2**64})

    assert text.value.string_value == "\\udcff"
    assert number.value.string_value == str(2**64)


def test_names_without_end_take_no_memory_without_end():
    """Every record with names of its own: none gets a function, and few are remembered."""
    for number in range(3 * MAX_SHAPES):
        attributes = {f"name {number}": number}

        assert decoded(attributes) == _encode_attributes(attributes)
        assert len(module._shapes) <= MAX_SHAPES


def test_names_are_no_source():
    """A name that would be code is a name."""
    name = "'); raise SystemExit #\n{1/0}"
    learn({name: "{1/0}"})

    assert [name] == [each.key for each in decoded({name: "{1/0}"})]
