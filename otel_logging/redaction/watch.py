"""Follows the policy file of a running process: new rules without a restart."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from otel_logging.diagnostics import diagnostics, write_line
from otel_logging.redaction.load import parse_policy
from otel_logging.redaction.policy import PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from otel_logging.redaction.active import ActiveEngine
    from otel_logging.redaction.engine import Engine
    from otel_logging.redaction.policy import Policy

INTERVAL: Final = 0.25
"""Seconds between two looks at the file."""

SETTLED: Final = 2
"""Looks that have to find the same content before it is read: an editor may write in steps."""

APPLIED: Final = "applied"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"

Content = bytes | str
"""What a file holds, or why that cannot be read."""


class PolicyWatcher:
    """Puts the rules of a file in force when it changes; a bad file leaves the last good ones.

    The whole content is compared, so that neither a coarse clock nor a file put in the
    other's place is missed. It runs in a thread of its own, also in forked children.

    Args:
        path: The policy file.
        active: The engine in force.
        make: Compiles a policy for this process.
        known: The content of the file before the engine in force was made of it.

    Attributes:
        reloads: How often the file was taken, found unchanged when asked to look, or refused.
    """

    def __init__(
        self,
        path: Path,
        active: ActiveEngine,
        make: Callable[[Policy], Engine],
        known: Content,
    ) -> None:
        self._path = path
        self._active = active
        self._make = make
        self._asked = False
        self._known = self._candidate = known
        self._looks = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.reloads = _no_reloads()

    def start(self) -> None:
        """Watch from now on."""
        os.register_at_fork(after_in_child=self._after_fork)
        self._watch()

    def stop(self) -> None:
        """Watch no longer; the rules stay as they are."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def ask(self) -> None:
        """Read the file at the next look, whether or not it changed; safe in a signal handler."""
        self._asked = True

    def look(self) -> None:
        """Look once: read the file when it changed and has settled, or when asked to."""
        asked, self._asked = self._asked, False
        content = read_content(self._path)
        if content != self._candidate:
            self._candidate, self._looks = content, 0
        elif content != self._known:
            self._looks += 1
        if asked or (content != self._known and self._looks >= SETTLED):
            self._known, self._looks = content, 0
            self._reload(content)

    def _reload(self, content: Content) -> None:
        try:
            engine = self._engine(content)
        except PolicyError as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - the rules in force must stay
            self._refuse(f"{self._path}: {type(error).__name__}")
        else:
            before = self._active.current.version
            if engine.version == before:
                self.reloads[UNCHANGED] += 1
                return
            self._active.replace(engine)
            self.reloads[APPLIED] += 1
            write_line(
                f"otel-logging: {self._path}: policy {engine.version} is in force "
                f"(before: {before})"
            )

    def _engine(self, content: Content) -> Engine:
        if isinstance(content, str):
            raise PolicyError(str(self._path), 0, "", content)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise PolicyError(str(self._path), 0, "", "is not UTF-8 text") from None
        return self._make(parse_policy(text, str(self._path)))

    def _refuse(self, reason: str) -> None:
        self.reloads[REFUSED] += 1
        write_line(f"otel-logging: {reason}; policy {self._active.current.version} stays in force")

    def _watch(self) -> None:
        self._thread = threading.Thread(target=self._run, name="otel-logging-policy", daemon=True)
        self._thread.start()

    def _after_fork(self) -> None:
        self.reloads = _no_reloads()
        if not self._stopped.is_set():
            self._stopped = threading.Event()
            self._watch()

    def _run(self) -> None:
        while not self._stopped.wait(INTERVAL):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - the next look may go well
                diagnostics.error("policy", f"looking at {self._path}", error)


def _no_reloads() -> Counter[str]:
    """Outcomes at 0, so that the first refusal is an increase."""
    return Counter({APPLIED: 0, UNCHANGED: 0, REFUSED: 0})


def read_content(path: Path) -> Content:
    """Return the content, or why there is none."""
    try:
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
