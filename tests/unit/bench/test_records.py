"""The records that the benches log and redact."""

import pytest

from bench import records
from bench.redactors import texts


def _leaves(value):
    if isinstance(value, dict):
        return sum(_leaves(item) for item in value.values())
    if isinstance(value, list):
        return sum(_leaves(item) for item in value)
    return 1


def test_a_seed_makes_the_same_records_again_and_another_seed_others():
    """All variants get the same records; no repetition gets those of another."""
    first, again, other = (records.Source(seed).text() for seed in (1, 1, 2))

    assert first == again
    assert first.body != other.body


@pytest.mark.parametrize("count", [0, 4, 20])
def test_calls_have_as_many_attributes_as_asked_for(count):
    """None stands for no attributes at all, as a caller would write it."""
    calls = records.Source(1).calls(5, count)

    assert {count} == {len(call.attributes or {}) for call in calls}


def test_errors_have_a_traceback_of_several_frames():
    """An exception without frames would cost nothing to render."""
    (call,) = records.Source(1).calls(1, 4, errors=True)
    frames, traceback = 0, call.error.__traceback__
    while traceback:
        frames, traceback = frames + 1, traceback.tb_next

    assert frames >= 5


def test_shapes_are_what_their_names_say(monkeypatch):
    """Flat: five attributes; nested: 25 leaves; text: about 1 kB."""
    monkeypatch.setattr(records, "SECRET_SHARE", 0)
    source = records.Source(3)

    assert len(source.flat().attributes) == 5
    assert _leaves(source.nested().attributes) == 25
    assert 1_000 <= len(source.text().body) < 1_150


@pytest.mark.parametrize("shape", ["flat", "nested", "text"])
def test_a_planted_secret_stands_in_the_record(shape, monkeypatch):
    """A bench that counts what is left must have planted it."""
    monkeypatch.setattr(records, "SECRET_SHARE", 1)
    source = records.Source(5)

    for _ in range(20):
        sample = getattr(source, shape)()
        assert any(sample.secret in text for text in texts([sample.body, sample.attributes]))
