"""The soak's page says what its data say."""

from __future__ import annotations

from soak.report import DOCUMENT, rendered
from soak.result import read_all
from soak.schedule import schedule


def test_the_page_is_what_the_data_say() -> None:
    """Neither was edited without the other: `python -m soak --render` writes it anew."""
    assert DOCUMENT.read_text() == rendered(read_all())


def test_every_kept_run_held_and_can_be_repeated() -> None:
    """Nothing was lost or leaked, and the seed still gives the faults that were played."""
    for result in read_all():
        assert result.holds, result.line
        assert result.schedule == schedule(result.plan.seed, result.plan.seconds)
