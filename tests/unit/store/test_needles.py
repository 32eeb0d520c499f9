"""The forms in which a planted text is looked for."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_logging.store.queries.needles import forms

needles = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30)


@given(needle=needles, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_base64_is_seen_wherever_the_text_stands(needle: str, before: bytes, after: bytes) -> None:
    """Neighbours shift and change the encoded text; the core is still found."""
    raw = before + needle.encode() + after

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        hidden = encode(raw).decode()
        assert any(form in hidden for form in forms(needle))


@pytest.mark.parametrize(
    "hide",
    [
        str,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(
            {"inner": json.dumps(text, ensure_ascii=False)}, ensure_ascii=False
        ),
        lambda text: quote(text, safe=""),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
    ],
)
def test_other_encodings_are_seen(hide: object) -> None:
    """JSON, JSON in JSON, URL and hex forms are found."""
    needle = 'pa"ss\\w örd'

    assert any(form in hide(needle) for form in forms(needle))  # type: ignore[operator]


def test_another_text_is_not_seen() -> None:
    """A different secret has none of the forms."""
    other = "correct horse battery staple"
    hidden = other + other.encode().hex() + base64.b64encode(other.encode()).decode()

    assert not any(form in hidden for form in forms("Tr0ub4dor&3"))
