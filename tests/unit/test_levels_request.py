"""The signed header that asks for DEBUG: what is believed, and what it lets through."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest

from otel_logging import Settings, SettingsError
from otel_logging.levels.request import (
    Claims,
    allow_debugging,
    debugging,
    forbid_debugging,
    sign,
    verify,
)

KEY = "k" * 32


def _claims(seconds: float = 600) -> Claims:
    return Claims(time.time() + seconds, "mia", "가격 check")


def test_what_was_signed_is_believed() -> None:
    """The claims come back as they were."""
    claims = _claims()

    assert verify(sign(claims, KEY), KEY) == claims


@pytest.mark.parametrize("seconds", [-1, 3700])
def test_what_is_over_or_good_for_too_long_is_not(seconds: float) -> None:
    """An hour is the most, so that a leaked header is soon worth nothing."""
    assert verify(sign(_claims(seconds), KEY), KEY) is None


def test_another_key_is_not_believed() -> None:
    """Only who has the key can ask."""
    assert verify(sign(_claims(), "x" * 32), KEY) is None


def test_no_character_can_be_changed() -> None:
    """Neither of the claims nor of the signature."""
    value = sign(_claims(), KEY)
    changed = [
        value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        for place in range(len(value))
    ]

    assert [verify(one, KEY) for one in changed] == [None] * len(value)


@pytest.mark.parametrize(
    "value",
    ["", ".", "a", "a.b", "ü.ü", "x" * 10_000, sign(_claims(), KEY) + "." * 2],
    ids=["nothing", "dot", "one part", "no signature", "no ASCII", "long", "further parts"],
)
def test_rubbish_is_not_believed(value: str) -> None:
    """And raises nothing."""
    assert verify(value, KEY) is None


def test_claims_that_are_none_are_not_believed() -> None:
    """Signed or not, what cannot be read asks for nothing."""
    signed = sign(Claims(float("nan")), KEY)

    assert verify(signed, KEY) is None


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger at WARNING that heeds requests for DEBUG."""
    allow_debugging()
    logger = logging.getLogger("tests.levels.request")
    logger.setLevel(logging.WARNING)
    yield logger
    logger.disabled = False
    logger.setLevel(logging.NOTSET)
    forbid_debugging()


def test_inside_every_logger_writes_debug(logger: logging.Logger) -> None:
    """From DEBUG on, and only inside."""
    with debugging():
        inside = [logger.isEnabledFor(level) for level in (5, 10, 20)]
        logger.disabled = True
        disabled = logger.isEnabledFor(logging.DEBUG)
        logger.disabled = False

    assert inside == [False, True, True]
    assert not disabled
    assert [logger.isEnabledFor(level) for level in (10, 20, 30)] == [False, False, True]


async def test_other_tasks_are_not_concerned(logger: logging.Logger) -> None:
    """Each task, with those that it starts, is on its own."""

    async def enabled() -> bool:
        await asyncio.sleep(0)
        return logger.isEnabledFor(logging.DEBUG)

    async def asked() -> bool:
        with debugging():
            return await asyncio.create_task(enabled())

    assert list(await asyncio.gather(asked(), enabled())) == [True, False]


def test_it_is_off_without_a_key(logger: logging.Logger) -> None:
    """Nothing is patched then."""
    forbid_debugging()

    with debugging():
        assert not logger.isEnabledFor(logging.DEBUG)
    assert Settings.from_environ({}).debug_key is None


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    """Neither the error nor the settings repeat it."""
    with pytest.raises(SettingsError, match=r"OTLOG_DEBUG_KEY='\*\*\*': expected 32") as caught:
        Settings.from_environ({"OTLOG_DEBUG_KEY": "short-one"})

    assert "short-one" not in str(caught.value)
    settings = Settings.from_environ({"OTLOG_DEBUG_KEY": KEY})
    assert settings.debug_key == KEY
    assert KEY not in repr(settings)
