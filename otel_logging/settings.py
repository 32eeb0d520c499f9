"""Settings of the library, read once from environment variables and frozen."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

ConsoleMode = Literal["auto", "text", "json", "off"]
BridgeMode = Literal["direct", "compat"]
Choice = TypeVar("Choice", bound=str)

_CONSOLE_MODES: tuple[ConsoleMode, ...] = get_args(ConsoleMode)
_BRIDGE_MODES: tuple[BridgeMode, ...] = get_args(BridgeMode)

TRACE = 5
"""Numeric level of TRACE, below `logging.DEBUG`."""

LEVELS: dict[str, int] = {
    "TRACE": TRACE,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.CRITICAL,
    "FATAL": logging.CRITICAL,
}
"""Level names accepted in settings, in upper case."""

MIN_SECRET = 32
"""Fewest characters of a key."""


class SettingsError(ValueError):
    """A setting has a value that the library refuses to start with.

    Attributes:
        variable: Name of the environment variable.
        value: The refused value.
        reason: What is expected instead.
    """

    def __init__(self, variable: str, value: str, reason: str) -> None:
        super().__init__(f"{variable}={value!r}: {reason}")
        self.variable = variable
        self.value = value
        self.reason = reason


class Secret(str):
    """A text that does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(***)"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the library was told; see `from_environ` for the variables.

    Attributes:
        log_level: Level of the root logger.
        logger_levels: Level by logger name.
        levels_file: File of level changes that is watched; it need not be there yet.
        debug_key: Key of the header that asks for DEBUG for one request; None ignores it.
        console: Form of log lines on standard error.
        policy: Redaction policy file, or None for the one in the package.
        redaction: False turns redaction off; it exists for proofs and warns loudly.
        edge: True at the edge of the system: what strangers send as baggage is
            dropped and their trace context becomes a link.
        baggage_keys: Baggage keys that are accepted, passed on and put on records.
        shutdown_timeout: Longest time to deliver what is left at exit, in seconds.
        queue_size: Records that wait in memory before the least severe are dropped.
        queue_bytes: Bytes that wait in memory before the least severe are dropped.
        spool: Folder for what the receiver does not take, kept for later; None keeps nothing.
        spool_bytes: Bytes that the folder may hold.
        bridge: How records leave: `direct` encodes OTLP itself, `compat` goes
            through OpenTelemetry's public `Logger.emit`.
    """

    log_level: int = logging.INFO
    logger_levels: dict[str, int] = {}
    levels_file: Path | None = None
    debug_key: Secret | None = None
    console: ConsoleMode = "auto"
    policy: Path | None = None
    redaction: bool = True
    edge: bool = False
    baggage_keys: tuple[str, ...] = ("user.id", "user.roles")
    shutdown_timeout: float = 5.0
    queue_size: int = 20_000
    queue_bytes: int = 64 * 1024 * 1024
    spool: Path | None = None
    spool_bytes: int = 256 * 1024 * 1024
    bridge: BridgeMode = "direct"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `OTLOG_*` variables (and `LOG_LEVEL`, an alias of `OTLOG_LOG_LEVEL`).

        An empty variable counts as unset, as the OpenTelemetry specification asks.

        Raises:
            SettingsError: A value cannot be used; the error names variable and reason.
        """
        read = _Reader(environ)
        default = cls()
        return cls(
            log_level=read.level("OTLOG_LOG_LEVEL", read.level("LOG_LEVEL", default.log_level)),
            logger_levels=read.logger_levels("OTLOG_LOGGER_LEVELS"),
            levels_file=read.place("OTLOG_LEVELS_FILE"),
            debug_key=read.secret("OTLOG_DEBUG_KEY"),
            console=read.choice("OTLOG_CONSOLE", default.console, _CONSOLE_MODES),
            policy=read.path("OTLOG_POLICY"),
            redaction=read.choice("OTLOG_REDACTION", "on", ("on", "off")) == "on",
            edge=read.choice("OTLOG_EDGE", "false", ("true", "false")) == "true",
            baggage_keys=read.names("OTLOG_BAGGAGE_KEYS", default.baggage_keys),
            shutdown_timeout=read.seconds("OTLOG_SHUTDOWN_TIMEOUT", default.shutdown_timeout),
            queue_size=read.count("OTLOG_QUEUE_SIZE", default.queue_size),
            queue_bytes=read.count("OTLOG_QUEUE_BYTES", default.queue_bytes),
            spool=read.place("OTLOG_SPOOL"),
            spool_bytes=read.count("OTLOG_SPOOL_BYTES", default.spool_bytes),
            bridge=read.choice("OTLOG_BRIDGE", default.bridge, _BRIDGE_MODES),
        )


def parse_level(name: str) -> int:
    """Return the number of a level given by name (any case) or as a number.

    Raises:
        ValueError: The name is not a level; the message lists those that are.
    """
    level = LEVELS.get(name.strip().upper())
    if level is not None:
        return level
    if name.strip().isdigit():
        return int(name)
    raise ValueError(f"expected one of {', '.join(LEVELS)} or a number")


class _Reader:
    """Reads one variable after the other, each with its own check."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def _get(self, variable: str) -> str:
        return self._environ.get(variable, "").strip()

    def level(self, variable: str, default: int) -> int:
        value = self._get(variable)
        if not value:
            return default
        try:
            return parse_level(value)
        except ValueError as error:
            raise SettingsError(variable, value, str(error)) from None

    def logger_levels(self, variable: str) -> dict[str, int]:
        levels = {}
        for item in filter(None, (part.strip() for part in self._get(variable).split(","))):
            name, separator, level = item.partition("=")
            if not separator or not name.strip():
                raise SettingsError(variable, item, "expected name=LEVEL, comma-separated")
            try:
                levels[name.strip()] = parse_level(level)
            except ValueError as error:
                raise SettingsError(variable, item, str(error)) from None
        return levels

    def choice(self, variable: str, default: Choice, choices: tuple[Choice, ...]) -> Choice:
        value = self._get(variable).lower()
        if not value:
            return default
        for choice in choices:
            if choice == value:
                return choice
        raise SettingsError(variable, value, f"expected one of {', '.join(choices)}")

    def seconds(self, variable: str, default: float) -> float:
        value = self._get(variable)
        if not value:
            return default
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds < float("inf"):
            raise SettingsError(variable, value, "expected a positive number of seconds")
        return seconds

    def count(self, variable: str, default: int) -> int:
        value = self._get(variable)
        if not value:
            return default
        if not value.isdigit() or int(value) == 0:
            raise SettingsError(variable, value, "expected a positive whole number")
        return int(value)

    def path(self, variable: str) -> Path | None:
        value = self._get(variable)
        if not value:
            return None
        path = Path(value)
        if not path.is_file():
            raise SettingsError(variable, value, "no such file")
        return path

    def place(self, variable: str) -> Path | None:
        value = self._get(variable)
        if value and not Path(value).parent.is_dir():
            raise SettingsError(variable, value, "its folder does not exist")
        return Path(value) if value else None

    def secret(self, variable: str) -> Secret | None:
        value = self._get(variable)
        if value and len(value) < MIN_SECRET:
            raise SettingsError(variable, "***", f"expected {MIN_SECRET} characters or more")
        return Secret(value) if value else None

    def names(self, variable: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._get(variable)
        if not value:
            return default
        return tuple(filter(None, (name.strip() for name in value.split(","))))
