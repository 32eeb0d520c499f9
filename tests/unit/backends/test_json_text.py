"""Structured values in the one form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_logging.backends.json_text import json_text, structured

# As the Collector's `AsString` gives them.
FORMS = [
    ({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}'),
    ([1.0, 2.5, 1e20, 1e21], "[1,2.5,100000000000000000000,1e+21]"),
    ([1e-6, 1.5e-7, 5e-5], "[0.000001,1.5e-7,0.00005]"),
    ({"t": "<b> & \u2028"}, '{"t":"<b> & \\u2028"}'),
    (9007199254740993, "9007199254740993"),
    (1.0, "1"),
    (False, "false"),
    ("text", "text"),
    (None, ""),
]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("value", "text"), FORMS)
def test_each_value_has_its_form(value: Any, text: str) -> None:
    """Compact, keys in order, numbers as in ECMAScript; a string is itself."""
    assert json_text(value) == text


@given(value=st.dictionaries(st.text(), _JSON) | st.lists(_JSON))
def test_a_structure_comes_back_from_its_form(value: Any) -> None:
    """What was written in the form is read as what it was."""
    assert structured(json_text(value)) == value


@given(text=st.text() | _JSON.map(lambda value: f" {json_text(value)}"))
def test_any_text_reads_the_same(text: str) -> None:
    """Whether a text is taken for structure or not, it is shown as it was."""
    assert json_text(structured(text)) == text


@pytest.mark.parametrize("text", ['{"b":1,"a":2}', '{"a": 1}', '{"a":1,"a":1}', "[1.0]", "{", ""])
def test_a_text_that_was_no_structure_stays_text(text: str) -> None:
    """JSON in any other form was written by the application."""
    assert structured(text) == text
