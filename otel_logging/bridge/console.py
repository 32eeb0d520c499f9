"""Log lines on a stream: for people on a terminal, as JSON for everything else."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

import msgspec

from otel_logging import semconv
from otel_logging.bridge.frames import compact
from otel_logging.bridge.record import JsonRecord, Record, json_record, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    from otel_logging.settings import ConsoleMode

TRACE_ID_DIGITS: Final = 8
"""Digits of the trace ID shown to people: enough to tell the traces on a screen apart."""

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


_OF_THE_REQUEST: Final = ("http.", "url.", "client.", "messaging.")
"""Attributes of the request or message: on every line of it, so they stand last and dim."""

_NOT_FOR_PEOPLE: Final = ("user_agent.", "network.")
"""Attributes of the request that are in JSON and OTLP only: long, and seldom of interest."""

_ACCESS_LOG: Final = "uvicorn.access"
"""Its lines are nothing but the request's attributes."""


class Format(Protocol):
    """Turns records into lines on a stream."""

    def write(self, records: Sequence[Record], stream: TextIO) -> None:
        """Write one entry for each record."""


class JsonFormat:
    """One JSON object a line; see `JsonRecord` for its members.

    Args:
        resource: Returns the resource's attributes.
        by_otlp: Whether the process sends its records by OTLP too. Their lines say so
            (`otlog.log.exported` in the resource), so that who collects both keeps one.
    """

    def __init__(self, resource: Callable[[], Mapping[str, Any]], *, by_otlp: bool = False) -> None:
        self._resource = resource
        self._by_otlp = by_otlp
        self._encoder = msgspec.json.Encoder(enc_hook=str)
        self._made_of: Mapping[str, Any] | None = None
        self._service = ""
        self._raw = self._raw_exported = msgspec.Raw()

    def write(self, records: Sequence[Record], stream: TextIO) -> None:
        """Write one line for each record."""
        attributes = self._resource()
        if attributes is not self._made_of:
            self._read(attributes)
        service, raw, exported = self._service, self._raw, self._raw_exported
        lines = [
            json_record(record, service, raw if record.is_own else exported) for record in records
        ]
        try:
            encoded = self._encoder.encode_lines(lines)
        except (UnicodeEncodeError, TypeError):
            encoded = b"".join([self._line(line) + b"\n" for line in lines])
        stream.write(encoded.decode())

    def _read(self, attributes: Mapping[str, Any]) -> None:
        """Encode the resource, which is the same for many records."""
        self._service = str(attributes.get(semconv.SERVICE_NAME, "unknown_service"))
        self._raw = msgspec.Raw(self._encoder.encode(dict(attributes)))
        marked = {**attributes, semconv.OTLOG_LOG_EXPORTED: True} if self._by_otlp else attributes
        self._raw_exported = msgspec.Raw(self._encoder.encode(dict(marked)))
        self._made_of = attributes

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
                    self._stacktrace(console, compact(stacktrace.translate(_ESCAPES)))

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
        trace_id = f"{record.trace_id:032x}" if record.trace_id else ""
        line.append(f" {trace_id[:TRACE_ID_DIGITS]:<{TRACE_ID_DIGITS}}", "dim")
        line.append(f" {_tame(record.scope)}", "blue")
        if record.event_name:
            line.append(f" [{_tame(record.event_name)}]", "bold")
        body = _shown(record.body)
        line.append(f" {body}", "default")
        own, of_the_request = _sorted(record, body)
        for name, value in own:
            line.append(f" {_tame(name)}=", "dim")
            line.append(value, "default")
        for name, value in of_the_request:
            line.append(f" {_tame(name)}={value}", "dim")
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
    *,
    by_otlp: bool = False,
) -> Format | None:
    """Return the form of console lines, or None for no lines.

    Colours are used on a terminal unless `NO_COLOR` is set (https://no-color.org).
    `by_otlp` is for the JSON form; see there.
    """
    if mode == "off" or stream is None:
        return None
    terminal = stream.isatty()
    if mode == "json" or (mode == "auto" and not terminal):
        return JsonFormat(resource, by_otlp=by_otlp)
    return TextFormat(color=terminal and not environ.get("NO_COLOR"))


def _sorted(record: Record, body: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the attributes of the call, and those of the request that the body does not tell."""
    own, of_the_request = [], []
    for name, value in record.attributes.items():
        if name in _NOT_INLINE or name.startswith(_NOT_FOR_PEOPLE):
            continue
        shown = _shown(value, quoted=True)
        if not name.startswith(_OF_THE_REQUEST):
            own.append((name, shown))
        elif record.scope != _ACCESS_LOG and str(value) not in body:
            of_the_request.append((name, shown))
    return own, of_the_request


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
