"""A bounded queue that gives up the least important first."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Rank = Callable[[Item], int]


class BoundedQueue(Generic[Item]):
    """A queue between many callers and one worker, bounded by count and by bytes.

    `put` takes no lock while there is room, so callers never wait for one another. When the
    queue is full, one pass drops the lowest ranks, oldest first, until a tenth is free; the
    cost of the pass is shared by the many calls until the next.

    Args:
        max_items: Items held.
        max_bytes: Weight held, over what `put` is told.
        rank: Importance of an item; the lowest goes first.
        dropped: Called with the number of dropped items by rank.
    """

    def __init__(
        self,
        max_items: int,
        max_bytes: int,
        rank: Rank[Item],
        dropped: Callable[[Counter[int]], None],
    ) -> None:
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._rank = rank
        self._dropped = dropped
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item, weight: int) -> int:
        """Add an item; `weight` is what it needs beyond a usual one, in bytes.

        Returns:
            How many items there were then.
        """
        if weight:
            with self._lock:
                self._bytes += weight
        self._items.append((item, weight))
        count = len(self._items)
        if count > self._max_items or self._bytes > self._max_bytes:
            self._evict()
        return count

    def put_all(self, items: Sequence[tuple[Item, int]]) -> int:
        """Add items with their weights under one lock; for callers that bring many.

        Returns:
            How many items there were then.
        """
        with self._lock:
            self._bytes += sum([weight for _, weight in items])
            self._items.extend(items)
        count = len(self._items)
        if count > self._max_items or self._bytes > self._max_bytes:
            self._evict()
        return count

    def take(self, count: int) -> list[Item]:
        """Remove and return up to `count` of the oldest items."""
        with self._lock:
            items = self._items
            pop = items.popleft
            taken = [pop() for _ in range(min(count, len(items)))]
            self._bytes -= sum([weight for _, weight in taken])
        return [item for item, _ in taken]

    def clear(self) -> int:
        """Forget every item and return how many there were."""
        with self._lock:
            count = len(self._items)
            self._items.clear()
            self._bytes = 0
        return count

    def after_fork(self) -> None:
        """Start empty in a forked child: what was queued is the parent's to send."""
        self._lock = threading.Lock()
        self._items = deque()
        self._bytes = 0

    def _evict(self) -> None:
        with self._lock:
            if len(self._items) <= self._max_items and self._bytes <= self._max_bytes:
                return
            taken = [self._items.popleft() for _ in range(len(self._items))]
            excess_items = len(taken) - self._max_items * 9 // 10
            excess_bytes = self._bytes - self._max_bytes * 9 // 10
            doomed, ranks = self._choose(taken, excess_items, excess_bytes)
            kept = [pair for index, pair in enumerate(taken) if index not in doomed]
            self._bytes -= sum(taken[index][1] for index in doomed)
            # Callers may have appended meanwhile: what is older goes to the left.
            self._items.extendleft(reversed(kept))
        self._dropped(ranks)

    def _choose(
        self, pairs: list[tuple[Item, int]], items: int, weight: int
    ) -> tuple[set[int], Counter[int]]:
        by_rank: dict[int, list[int]] = {}
        for index, (item, _) in enumerate(pairs):
            by_rank.setdefault(self._rank(item), []).append(index)
        doomed: set[int] = set()
        ranks: Counter[int] = Counter()
        for rank in sorted(by_rank):
            for index in by_rank[rank]:
                if items <= 0 and weight <= 0:
                    return doomed, ranks
                items -= 1
                weight -= pairs[index][1]
                doomed.add(index)
                ranks[rank] += 1
        return doomed, ranks
