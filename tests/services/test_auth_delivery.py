"""Entries whose event was lost with a process are told again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.auth_service import database
from services.auth_service.delivery import Delivery
from services.auth_service.trail import Trail, Untold, begin_chain
from tests.services.recorded import events
from tests.services.running import until


async def test_what_was_left_untold_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """After a crash between commit and event, the next process writes the event, once."""
    caplog.set_level(logging.INFO)
    async with database.opened(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as opened:
        await begin_chain(opened)
        told = []
        async with Trail(opened, told.append).changing() as transaction:
            about = {"user_id": "u", "user_name": "alice"}
            transaction.note("auth.account.registered", ("account", "u"), "u", **about)
        (entry,) = told
        assert events(caplog.records, "auth.account.registered") == []

        async def untold() -> int:
            async with opened.reading() as session:
                return await session.scalar(select(func.count()).select_from(Untold))

        assert await untold() == 1
        for _ in range(2):
            async with Delivery(pause=0.01, patience=0.0).running(opened):
                await until(lambda: _is_zero(untold))

    (event,) = events(caplog.records, "auth.account.registered")
    assert (event["audit.record.id"], event["user.id"]) == (entry.id, "u")


async def _is_zero(count) -> bool:
    """Whether nothing is left."""
    return await count() == 0


async def test_nothing_is_told_twice_by_a_process_that_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """With the backend away, what a process has told itself it does not take for left behind."""
    caplog.set_level(logging.INFO)
    looks = []
    monkeypatch.setattr("services.auth_service.delivery.flush", lambda: looks.append(1))
    delivery = Delivery(pause=0.01, patience=0.2)
    async with database.opened(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as opened:
        await begin_chain(opened)
        async with delivery.running(opened):
            for number in range(10):
                async with Trail(opened, delivery.tell).changing() as transaction:
                    about = {"user_id": str(number), "user_name": "alice"}
                    target = ("account", str(number))
                    transaction.note("auth.account.registered", target, None, **about)
            await asyncio.sleep(0.3)
            seen = len(looks)
            await until(lambda: len(looks) > seen + 3)

    users = [e["user.id"] for e in events(caplog.records, "auth.account.registered")]
    assert sorted(users, key=int) == [str(number) for number in range(10)]
