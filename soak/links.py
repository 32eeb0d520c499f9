"""A TCP proxy in front of a process, to make its connections slow or to break them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Self

from stack.ports import HOST, free_port

_CHUNK = 65_536


class Link:
    """One port that leads to another.

    Attributes:
        port: Where those who call the process connect.
        delay: Seconds that every piece of data is held back, in both directions.
        broken: Whether connections are refused.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.delay = 0.0
        self.broken = False
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self) -> asyncio.Server:
        """Listen."""
        return await asyncio.start_server(self._connected, HOST, self.port)

    def cut(self) -> None:
        """Close every connection at once, as a cable that is pulled."""
        for writer in self._open:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.broken:
                return
            onward_reader, onward = await asyncio.open_connection(HOST, self._target)
            self._open.add(onward)
            try:
                await asyncio.gather(self._copy(reader, onward), self._copy(onward_reader, writer))
            finally:
                self._open.discard(onward)
                onward.close()
        except OSError:
            writer.transport.abort()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()


class Links:
    """Some links, served by a thread of their own."""

    def __init__(self, targets: dict[str, int]) -> None:
        self._links = {name: Link(port) for name, port in targets.items()}
        self._loop = asyncio.new_event_loop()

    def port(self, name: str) -> int:
        """Return where to connect to reach a process."""
        return self._links[name].port

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Serve for as long as the block lasts."""
        thread = threading.Thread(target=self._loop.run_forever, name="links", daemon=True)
        thread.start()
        for link in self._links.values():
            asyncio.run_coroutine_threadsafe(link.serve(), self._loop).result()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()

    def slow(self, name: str, delay: float) -> None:
        """Hold back data to and from a process by some seconds; 0 for no longer."""
        self._links[name].delay = delay

    def break_(self, name: str) -> None:
        """Cut what is connected, and refuse what comes."""
        self._links[name].broken = True
        self._loop.call_soon_threadsafe(self._links[name].cut)

    def mend(self, name: str) -> None:
        """Let connections through again."""
        self._links[name].broken = False
