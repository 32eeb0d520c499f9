"""What redaction did, in numbers: never what it saw."""

import threading
from collections import Counter


class Counts:
    """Counts of one engine, safe to use from several threads.

    Attributes:
        redacted: By rule, how many values and findings were redacted.
        failed: How many values or records were masked because redaction failed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.redacted: Counter[str] = Counter()
        self.failed = 0

    def redact(self, rule: str) -> None:
        """Count one redaction by ``rule``."""
        with self._lock:
            self.redacted[rule] += 1

    def fail(self) -> None:
        """Count one failure that was answered with a full mask."""
        with self._lock:
            self.failed += 1

    def redactions(self) -> dict[str, int]:
        """Return the redactions so far, by rule."""
        with self._lock:
            return dict(self.redacted)

    def after_fork(self) -> None:
        """Start with a free lock in a forked child, and count from 0."""
        self.__init__()  # type: ignore[misc]
