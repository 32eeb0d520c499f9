"""Looks at every process while the soak runs: memory, printed bytes, ends; starts what ended."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from soak.ground import Ground
from soak.schedule import SERVICES
from stack.part import Part, StartError
from stack.usage import of_session

WINDOW: Final = 60.0
"""Seconds before its end of which a process that is killed may lose what it held in memory."""

_LOOK: Final = 1.0
_MEMORY_EVERY: Final = 5


@dataclass(frozen=True)
class End:
    """The end of a process.

    Attributes:
        at: When (`time.monotonic`).
        printed: From which byte of its output to which it may not have handed on what it wrote.
    """

    at: float
    printed: tuple[int, int]


class Watch:
    """Looks once a second, in a thread.

    Attributes:
        ends: By service.
        memory: By process, for each of its lives: age in seconds and resident bytes.
        restarts: Processes that had ended by themselves and were started again.
    """

    def __init__(self, ground: Ground) -> None:
        self.ends: dict[str, list[End]] = defaultdict(list)
        self.memory: dict[str, list[list[tuple[float, int]]]] = defaultdict(list)
        self.restarts: list[str] = []
        self._ground = ground
        self._pids: dict[str, int] = {}
        self._began: dict[str, float] = {}
        self._sizes: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._ended = threading.Event()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Look for as long as the block lasts."""
        thread = threading.Thread(target=self._run, name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(_LOOK):
            for name, part in self._ground.parts.items():
                with self._ground.changing:
                    self._look(name, part, measure=number % _MEMORY_EVERY == 0)
            number += 1

    def _look(self, name: str, part: Part, *, measure: bool) -> None:
        pid = part.pid if part.running else 0
        now, size = time.monotonic(), part.log_file.stat().st_size
        before = self._pids.get(name, 0)
        if before and pid != before and name in SERVICES:
            self.ends[name].append(End(now, (self.printed(name, now - WINDOW), size)))
        self._sizes[name].append((now, size))
        if pid and pid != before:
            self._began[name] = now
            self.memory[name].append([])
        self._pids[name] = pid
        if pid and measure:
            self.memory[name][-1].append((now - self._began[name], of_session(pid).memory_bytes))
        if not pid and name not in self._ground.away:
            self.restarts.append(name)
            with contextlib.suppress(StartError):
                part.launch()

    def printed(self, name: str, at: float) -> int:
        """Return how much a process had printed at a time."""
        return max((size for when, size in self._sizes[name] if when <= at), default=0)
