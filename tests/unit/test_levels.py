"""Levels change at run time and revert by themselves."""

import logging
import time

import pytest

from otel_logging import Settings, set_level
from otel_logging.levels import apply_levels


@pytest.fixture
def logger():
    """A logger of this test's own, with a level of its own."""
    logger = logging.getLogger(f"tests.levels.{time.monotonic_ns()}")
    logger.setLevel(logging.WARNING)
    return logger


def wait_for_level(logger, level):
    """Poll until the logger has a level."""
    end = time.monotonic() + 20
    while logger.level != level:
        assert time.monotonic() < end, logger.level
        time.sleep(0.01)


def test_a_change_without_time_to_live_stays(logger):
    """Names and numbers are both taken."""
    set_level(logger.name, "debug")
    assert logging.DEBUG == logger.level
    set_level(logger.name, 5)
    assert 5 == logger.level


def test_a_change_reverts_after_its_time_to_live(logger):
    """The level from before the change comes back."""
    set_level(logger.name, "DEBUG", ttl=0.05)
    assert logging.DEBUG == logger.level
    wait_for_level(logger, logging.WARNING)


def test_a_second_change_reverts_to_the_level_before_the_first(logger):
    """Renewing a debug session does not make debug the level to come back to."""
    set_level(logger.name, "DEBUG", ttl=600)
    set_level(logger.name, "TRACE", ttl=0.05)
    wait_for_level(logger, logging.WARNING)


def test_a_lasting_change_cancels_the_revert(logger):
    """What is set for good is not taken back by an older timer."""
    set_level(logger.name, "DEBUG", ttl=0.2)
    set_level(logger.name, "ERROR")
    time.sleep(0.4)
    assert logging.ERROR == logger.level


@pytest.mark.parametrize("ttl", [0, -1])
def test_a_time_to_live_must_be_positive(logger, ttl):
    """A level that reverts at once is a mistake."""
    with pytest.raises(ValueError, match="ttl="):
        set_level(logger.name, "DEBUG", ttl=ttl)


def test_an_unknown_level_is_refused(logger):
    """The level stays as it was."""
    with pytest.raises(ValueError, match="expected one of TRACE"):
        set_level(logger.name, "LOUD")
    assert logging.WARNING == logger.level


def test_settings_set_root_and_named_loggers(logger):
    """TRACE gets its name too."""
    root = logging.getLogger()
    before = root.level
    try:
        apply_levels(Settings(log_level=logging.ERROR, logger_levels={logger.name: 5}))
        assert (logging.ERROR, 5) == (root.level, logger.level)
        assert "TRACE" == logging.getLevelName(5)
    finally:
        root.setLevel(before)
