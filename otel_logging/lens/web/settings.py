"""The lens's settings, checked once at start."""

from __future__ import annotations

import msgspec

from otel_logging.listening import is_loopback

SHORTEST_TOKEN = 16


class LensError(Exception):
    """The lens cannot start; the message says what to do."""


class LensSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the lens listens, what it shows and who may look.

    Attributes:
        backend: The URL of the backend, without credentials it may hold; shown on each page.
        host: Address to listen on.
        port: TCP port to listen on; 0 takes a free one.
        token: What a visitor has to know; None only on loopback.
    """

    backend: str
    host: str = "127.0.0.1"
    port: int = 4320
    token: str | None = None

    def __post_init__(self) -> None:
        """Refuse values that cannot work.

        Raises:
            LensError: Naming the option, its value and the reason.
        """
        if not 0 <= self.port <= 65535:
            raise LensError(f"--port {self.port}: must be between 0 and 65535")
        if self.token is None and not self.loopback:
            raise LensError(
                f"--host {self.host}: whoever reaches it could read every log; "
                "set OTLOG_LENS_TOKEN to a secret of your own, or stay on 127.0.0.1"
            )
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            raise LensError(f"OTLOG_LENS_TOKEN: must have at least {SHORTEST_TOKEN} characters")

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or is_loopback(self.host)
