"""The engine: every shape, never raising, never changing what is no secret."""

import dataclasses
import datetime as dt
import decimal
import enum
import threading
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_logging.redaction import ActiveEngine, Engine, load_policy, parse_policy

SECRET = "hunter2-Xq9"
MARK = "***MASKED***"
ENGINE = Engine(load_policy())


@dataclass
class Record:
    """A record as the bridge holds it."""

    body: Any
    attributes: Any = None
    event_name: str | None = None


@dataclass
class Login:
    """A dataclass with a secret field."""

    user: str
    password: str


class Model(pydantic.BaseModel):
    """A pydantic model with a secret field."""

    user: str
    api_key: str
    note: str = ""


class Row(NamedTuple):
    """A named tuple with a secret field."""

    user: str
    token: str


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Login("bob", SECRET), {"user": "bob", "password": MARK}),
        (Model(user="bob", api_key=SECRET), {"user": "bob", "api_key": MARK, "note": ""}),
        (Row("bob", SECRET), {"user": "bob", "token": MARK}),
        ([Login("bob", SECRET)], [{"user": "bob", "password": MARK}]),
        ((1, "x"), [1, "x"]),
        ({"a": {"b": [{"password": SECRET}]}}, {"a": {"b": [{"password": MARK}]}}),
        (
            {"auth": {"token": {"type": "bearer", "raw": SECRET}}},
            {"auth": {"token": {"type": "bearer", "raw": MARK}}},
        ),
        (f"password={SECRET}".encode(), f"password={MARK}".encode()),
        (f"password={SECRET}".encode("utf-16"), f"password={MARK}".encode("utf-16")),
        (4111111111111111, MARK),
        (Colour.RED, "red"),
        (None, None),
        (True, True),
    ],
)
def test_shapes(value, expected):
    """Every shape is walked, and comes out as plain data."""
    assert ENGINE.body(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        12,
        1.5,
        float("nan"),
        float("inf"),
        "text",
        b"\x00\xff\xfe",
        "",
        [],
        {},
        {"a": [1, None]},
        {"password": ""},
        {"password": None},
        {"password": True},
        {"token_type": "Bearer"},
        1764000000000000000,
        "550e8400-e29b-41d4-a716-446655440000",
        "한국어 본문입니다",
    ],
)
def test_what_is_no_secret_stays(value):
    """The same value, of the same type."""
    redacted = ENGINE.body(value)

    assert repr(redacted) == repr(value)
    assert type(redacted) is type(value)


def test_other_objects_become_text():
    """Dates, IDs and numbers of other libraries are read as they are written."""
    day, number = dt.date(2026, 11, 24), uuid.UUID(int=1)

    assert ENGINE.body([day, number, decimal.Decimal("1.50")]) == [str(day), str(number), "1.50"]


def test_input_is_never_changed():
    """The caller's structures stay as they were."""
    value = {"a": [{"password": SECRET}], "note": f"token={SECRET}"}
    ENGINE.attributes(value)

    assert value == {"a": [{"password": SECRET}], "note": f"token={SECRET}"}


def test_records_in_a_chunk():
    """Each record of a chunk gets its own text back."""
    records = [Record(f"line {n}", {"n": n, "note": "plain"}) for n in range(200)]
    records[17] = Record(f"password={SECRET}", {"note": f"card 4111111111111111 {SECRET}x"}, "e")
    records[18].body = {"text": f"secret: {SECRET}"}
    ENGINE.records(records)

    assert records[16] == Record("line 16", {"n": 16, "note": "plain"})
    assert records[17].body == f"password={MARK}"
    assert records[17].attributes == {"note": f"card {MARK} {SECRET}x"}
    assert records[18].body == {"text": f"secret: {MARK}"}
    assert records[199] == Record("line 199", {"n": 199, "note": "plain"})


def test_no_pattern_reaches_over_two_records():
    """What begins in one record does not hide or mask what stands in the next."""
    records = [Record("-----BEGIN PRIVATE KEY-----"), Record("plain"), Record(f"token={SECRET}")]
    ENGINE.records(records)

    assert [record.body for record in records] == [MARK, "plain", f"token={MARK}"]


class Hostile:
    """An object that cannot be read."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)


@pytest.mark.parametrize("depth", [10, 1000])
def test_structures_without_end(depth):
    """Cycles and depth are bounded; what lies beyond is masked."""
    value: Any = SECRET
    for _ in range(depth):
        value = [value, value] if depth < 100 else [value]
    loop: list[Any] = []
    loop += [loop, loop]

    ENGINE.body(value)
    ENGINE.attributes({"loop": loop})


def test_hostile_object():
    """An object that raises is masked and counted, and its neighbours stay."""
    engine = Engine(load_policy())

    assert engine.attributes({"bad": Hostile(), "good": 1}) == {"bad": MARK, "good": 1}
    assert engine.counts.failed == 1


@pytest.mark.parametrize(
    "text",
    [
        '{{"value": "{}", "name": "password"}}',
        "userpassword={} ok",
        "db2AccessToken: {} ok",
        "mapping=5 ping: 3ms MyTOKEN={}",
        'name="api secret"\n\n{}\n',
        "the password is new, db-password -> {}",
    ],
)
def test_only_the_value_goes(text):
    """Whatever the shape and however the name is glued; the text around it stays."""
    engine = Engine(load_policy())

    assert engine.text(text.format(SECRET)) == text.format(MARK)
    assert engine.counts.failed == 0


@pytest.mark.parametrize("step", ["hits", "findings", "suspects"])
def test_broken_scanner_fails_closed(step, monkeypatch):
    """When texts cannot be searched, none leaves."""
    engine = Engine(load_policy())

    def fail(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(engine._scanner, step, fail)
    record = Record(f"password={SECRET}", {"note": f"token={SECRET}"}, f"secret={SECRET}")
    engine.records([record])
    everything = [
        record,
        engine.text(f"token={SECRET} {SECRET}@example.com"),
        engine.body(f"token={SECRET}"),
        engine.attributes({"note": f"token={SECRET}"}),
    ]

    assert SECRET not in repr(everything)
    assert engine.counts.failed > 0


def test_lone_surrogates():
    """A text that is no Unicode is still redacted, and can be encoded afterwards."""
    text = ENGINE.body(f"file \udcff password={SECRET}")

    assert text.encode() == f"file ? password={MARK}".encode()


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_value(value):
    """Nothing raises, and nothing fails, on any value."""
    engine = ENGINE
    before = engine.counts.failed
    once = engine.body(value)

    assert engine.counts.failed == before
    assert repr(engine.body(once)) == repr(once)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=40),
    st.text("abcdefghijkmnpqrstuvwxyzABC23456789!@#$%^", min_size=8, max_size=20),
    st.text(max_size=40),
)
def test_any_secret_after_a_name(before, secret, after):
    """Whatever stands around it, a quoted secret behind its name goes."""
    text = f'{before} password="{secret}" {after}'
    redacted = ENGINE.text(text)

    assert secret not in redacted.replace(before, "", 1) or secret in before or secret in after


def test_actions():
    """mask, partial and drop, by key, path and value."""
    engine = Engine(
        parse_policy("""\
version: 1
profiles: [default]
keys:
  - {name: gone, match: [internal note], action: drop}
paths:
  - {name: mail, match: ["users[*].email"], action: partial}
values:
  - {name: ticket, pattern: "TCK-[0-9]{6}"}
  - {detector: payment-card, action: partial}
  - {detector: jwt, action: drop}
  - {detector: email, enabled: false}
""")
    )

    assert engine.attributes({"internal_note": "x", "a": 1}) == {"a": 1}
    assert engine.attributes({"users": [{"email": "bob@example.com"}]}) == {
        "users": [{"email": "b***@example.com"}]
    }
    assert engine.text("see TCK-123456, paid 4111111111111111") == f"see {MARK}, paid ***1111"
    assert engine.text("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig y") == "x  y"
    assert engine.text("bob@example.com") == "bob@example.com"


def test_explain_says_no_secret():
    """An explanation names paths and rules only."""
    notes = ENGINE.explain(
        {"body": f"token={SECRET}", "attributes": {"a": {"password": SECRET}, "m": "b@example.com"}}
    )

    assert {(note.path, note.rule, note.kind) for note in notes} == {
        ("a.password", "password", "key"),
        ("m", "email", "value"),
        ("", "token", "value"),
    }
    assert SECRET not in repr(notes)


def test_counts_by_rule():
    """What was redacted is counted by rule, and the counts hold no secret."""
    engine = Engine(load_policy())
    engine.attributes({"password": SECRET, "note": "bob@example.com"})

    assert engine.counts.redacted == {"password": 1, "email": 1}


def test_active_engine_swaps():
    """The engine in force is replaced as a whole, under readers."""
    active, seen, stop = ActiveEngine(ENGINE), set(), threading.Event()
    other = Engine(load_policy(), "auth-service")

    def read() -> None:
        while not stop.is_set():
            seen.add(id(active.current))

    reader = threading.Thread(target=read)
    reader.start()
    active.replace(other)
    stop.set()
    reader.join()

    assert active.current is other
    assert seen <= {id(ENGINE), id(other)}


def test_dataclass_is_left_alone():
    """A dataclass that was logged keeps its secret for its owner."""
    login = Login("bob", SECRET)
    ENGINE.body(login)

    assert dataclasses.asdict(login)["password"] == SECRET


def test_a_number_too_long_to_write_out_is_masked_alone():
    """Python refuses to turn it into text; what stands beside it is kept."""
    engine = Engine(load_policy())

    assert engine.attributes({"count": 10**5000, "note": "kept"}) == {
        "count": "***MASKED***",
        "note": "kept",
    }
    assert engine.attributes({"ratio": float("inf"), "not": float("-inf")}) == {
        "ratio": float("inf"),
        "not": float("-inf"),
    }


def test_an_ampersand_inside_a_value_belongs_to_it():
    """What follows it is part of the secret, unless it is a parameter of its own."""
    engine = Engine(load_policy())

    assert engine.text("password=Tr0ub&dor tail") == "password=***MASKED*** tail"
    assert engine.text("password=Tr0ub&page=2") == "password=***MASKED***&page=2"
