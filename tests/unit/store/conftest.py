"""A store in this process, on a clock that the test sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager

from otel_logging.store.app import create_app
from otel_logging.store.settings import StoreSettings
from tests.store import otlp

NOW = 1_764_000_000_000_000_000


@dataclass
class Clock:
    """Returns what it was set to."""

    now_ns: int = NOW

    def __call__(self) -> int:
        return self.now_ns


@dataclass
class OpenStore:
    """A store that can be closed and opened again."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    settings: dict[str, float] = field(default_factory=dict)

    async def __aenter__(self) -> httpx.AsyncClient:
        app = create_app(StoreSettings(folder=self.folder, **self.settings), self.clock)
        self._manager = LifespanManager(app)
        await self._manager.__aenter__()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://store", headers=otlp.PROTOBUF
        )
        return self._client

    async def __aexit__(self, *details: object) -> None:
        await self._client.aclose()
        await self._manager.__aexit__(None, None, None)


@pytest.fixture
def opened(tmp_path: Path) -> OpenStore:
    """Return a store on an empty folder; enter it to open it."""
    return OpenStore(tmp_path / "data")


@pytest.fixture
async def client(opened: OpenStore) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of an open, empty store."""
    async with opened as found:
        yield found
