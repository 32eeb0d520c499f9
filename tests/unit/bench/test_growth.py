"""Texts of every size."""

import pytest

from bench import growth


@pytest.mark.parametrize("kind", growth.KINDS)
def test_a_text_has_about_the_size_asked_for(kind):
    """Sixteen times the size must be sixteen times the text."""
    size = growth.TINY

    assert 0.9 < len(growth.KINDS[kind](size, 1)) / size < 1.1


def test_a_quadratic_redactor_is_found_out():
    """The bench measures growth: an engine that takes quadratic time grows by far more than 1."""

    class Quadratic:
        def records(self, samples):
            (sample,) = samples
            for _ in range(len(sample.body) // 64):
                sample.body.count("\x00")

    class Linear:
        def records(self, samples):
            (sample,) = samples
            for _ in range(200):
                sample.body.count("\x00")

    _, quadratic = growth._growth(Quadratic(), growth.clean, 1)
    _, linear = growth._growth(Linear(), growth.clean, 1)

    assert quadratic > 3 * linear
