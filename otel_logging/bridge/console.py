"""Log lines on a stream: for people on a terminal, as JSON for everything else."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

import msgspec

from otel_logging import semconv
from otel_logging.bridge.record import JsonRecord, Record, json_record, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    from otel_logging.settings import ConsoleMode

TRACE_ID_DIGITS: Final = 8
"""Digits of the trace ID shown to people: enough to tell traces of one session apart."""

_STYLES: Final = {
    "TRACE": "dim",
    "DEBUG": "cyan",
    "INFO": "green",
    "WARN": "yellow",
    "ERROR": "bold red",
    "FATAL": "bold white on red",
}
_CONTROLS: Final = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
} | {ord("\n"): "\n    "}
_ESCAPES: Final = {code: text for code, text in _CONTROLS.items() if code != ord("\n")}
_NOT_INLINE: Final = frozenset(
    {
        semconv.LOG_RECORD_UID,
        semconv.EXCEPTION_TYPE,
        semconv.EXCEPTION_MESSAGE,
        semconv.EXCEPTION_STACKTRACE,
        semconv.CODE_STACKTRACE,
    }
)


class Format(Protocol):
    """Turns records into lines on a stream."""

    def write(self, records: Sequence[Record], stream: TextIO) -> None:
        """Write one entry for each record."""


class JsonFormat:
    """One JSON object a line; see `JsonRecord` for its members."""

    def __init__(self, resource: Callable[[], Mapping[str, Any]]) -> None:
        self._resource = resource
        self._encoder = msgspec.json.Encoder(enc_hook=str)

    def write(self, records: Sequence[Record], stream: TextIO) -> None:
        """Write one line for each record."""
        attributes = self._resource()
        service = str(attributes.get(semconv.SERVICE_NAME, "unknown_service"))
        resource = msgspec.Raw(self._encoder.encode(dict(attributes)))
        lines = [self._line(json_record(record, service, resource)) for record in records]
        stream.write(b"\n".join([*lines, b""]).decode())

    def _line(self, record: JsonRecord) -> bytes:
        try:
            return self._encoder.encode(record)
        except (UnicodeEncodeError, TypeError):
            # A lone surrogate, say; the standard library escapes it, five times slower.
            members = msgspec.structs.asdict(record)
            members["resource"] = json.loads(bytes(record.resource))
            return json.dumps(members, default=repr).encode()


class TextFormat:
    """One line for each record, with its attributes; stack traces below it.

    Args:
        color: Use colours.
    """

    def __init__(self, *, color: bool) -> None:
        self._color = color
        self._console: Console | None = None

    def write(self, records: Sequence[Record], stream: TextIO) -> None:
        """Write one entry for each record."""
        console = self._console_for(stream)
        for record in records:
            console.print(self._line(record), soft_wrap=True, highlight=False)
            for name in (semconv.EXCEPTION_STACKTRACE, semconv.CODE_STACKTRACE):
                stacktrace = record.attributes.get(name)
                if isinstance(stacktrace, str):
                    self._stacktrace(console, stacktrace.translate(_ESCAPES))

    def _console_for(self, stream: TextIO) -> Console:
        from rich.console import Console  # noqa: PLC0415 - 40 ms that services need not pay

        if self._console is None or self._console.file is not stream:
            self._console = Console(
                file=stream,
                force_terminal=self._color,
                color_system="standard" if self._color else None,
                legacy_windows=False,
                markup=False,
                emoji=False,
            )
        return self._console

    def _line(self, record: Record) -> Text:
        from rich.text import Text  # noqa: PLC0415

        line = Text(rfc3339(record.timestamp)[11:23], style="dim")
        line.append(
            f" {_tame(record.severity_text):<5}", _STYLES.get(record.severity_text, "magenta")
        )
        line.append(f" {_tame(record.scope)}", "blue")
        if record.event_name:
            line.append(f" [{_tame(record.event_name)}]", "bold")
        line.append(f" {_shown(record.body)}", "default")
        for name, value in record.attributes.items():
            if name not in _NOT_INLINE:
                line.append(f" {_tame(name)}=", "dim")
                line.append(_shown(value, quoted=True), "default")
        if record.trace_id:
            line.append(f" trace={record.trace_id:032x}"[: 7 + TRACE_ID_DIGITS], "dim")
        return line

    def _stacktrace(self, console: Console, stacktrace: str) -> None:
        if not self._color:
            console.print(stacktrace.rstrip(), soft_wrap=True, highlight=False)
            return
        from rich.syntax import Syntax  # noqa: PLC0415

        console.print(
            Syntax(stacktrace.rstrip(), "pytb", background_color="default", theme="ansi_dark"),
            soft_wrap=True,
        )


class ConsoleSink:
    """Writes redacted records to a stream.

    Args:
        form: How records are written.
        stream: Returns the stream of the moment, or None where the process has none.
    """

    exports = False

    def __init__(self, form: Format, stream: Callable[[], TextIO | None]) -> None:
        self._form = form
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, records: Sequence[Record]) -> None:
        """Write records and flush the stream."""
        stream = self._stream()
        if stream is None or stream.closed:
            return
        with self._lock:
            self._form.write(records, stream)
            stream.flush()

    def flush(self, deadline: float) -> bool:  # noqa: ARG002 - nothing is held
        """Return True: every write is flushed."""
        return True

    def close(self, deadline: float) -> bool:  # noqa: ARG002 - nothing is held
        """Return True: the stream is not ours to close."""
        return True

    def after_fork(self) -> None:
        """Start with a free lock in a forked child."""
        self._lock = threading.Lock()


def choose_format(
    mode: ConsoleMode,
    stream: TextIO | None,
    environ: Mapping[str, str],
    resource: Callable[[], Mapping[str, Any]],
) -> Format | None:
    """Return the form of console lines, or None for no lines.

    Colours are used on a terminal unless `NO_COLOR` is set (https://no-color.org).
    """
    if mode == "off" or stream is None:
        return None
    terminal = stream.isatty()
    if mode == "json" or (mode == "auto" and not terminal):
        return JsonFormat(resource)
    return TextFormat(color=terminal and not environ.get("NO_COLOR"))


def _shown(value: Any, *, quoted: bool = False) -> str:
    """Return a value on one line; text with blanks in quotes where asked for."""
    if isinstance(value, str):
        text = value if not quoted or (value and not set(value) & set(" \t\n\"'=")) else repr(value)
    else:
        text = repr(value) if isinstance(value, bytes) else _as_json(value)
    return _tame(text)


def _tame(text: str) -> str:
    """Take the power over the terminal from a text, and show where its further lines belong."""
    return text.translate(_CONTROLS) if not text.isprintable() else text


def _as_json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
