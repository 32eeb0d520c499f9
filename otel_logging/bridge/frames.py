"""Stack traces for people: the frames of libraries are counted, the application's are shown."""

from __future__ import annotations

import re
import sysconfig
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

_OURS: Final = Path(__file__).parents[2]
"""Where this library is, also where that is no `site-packages`."""

_FRAME: Final = re.compile(r'(?P<margin>[ |]*)File "(?P<path>[^"]+)", line ')
_LIBRARY: Final = re.compile(
    rf"(?:.*[/\\](?:site|dist)-packages|{re.escape(str(_OURS))}(?=[/\\\\]otel_logging)"
    rf"|(?P<python>{re.escape(sysconfig.get_path('stdlib'))}|<frozen))[/\\ ]?(?P<name>\w+)?"
)


class _Part(NamedTuple):
    """A frame with its source, or a line between frames.

    Attributes:
        lines: Its lines.
        library: Whose frame it is; empty for the application's and for other lines.
        margin: What stands before it on the line.
    """

    lines: list[str]
    library: str = ""
    margin: str = ""
    is_frame: bool = False


def compact(stacktrace: str) -> str:
    """Return a stack trace in which frames of libraries are counted: "# … 12 frames of starlette".

    The frame in which the exception was raised stays, and so does a trace without a frame of
    the application.
    """
    parts = _parts(stacktrace.splitlines())
    if not any(part.is_frame and not part.library for part in parts):
        return stacktrace
    lines: list[str] = []
    for (_, margin), group in groupby(
        _keep_last(parts), lambda part: (not part.library, part.margin)
    ):
        run = list(group)
        if run[0].library and len(run) > 1:
            names = ", ".join(dict.fromkeys(part.library for part in run))
            lines.append(f"{margin}  # … {len(run)} frames of {names}")
        else:
            lines += [line for part in run for line in part.lines]
    return "\n".join(lines)


def _keep_last(parts: list[_Part]) -> list[_Part]:
    """Return the parts; the last frame of each trace counts as the application's."""
    return [
        part._replace(library="") if part.is_frame and not _is_frame(following) else part
        for part, following in zip(parts, [*parts[1:], None], strict=True)
    ]


def _is_frame(part: _Part | None) -> bool:
    return part is not None and part.is_frame


def _parts(lines: list[str]) -> list[_Part]:
    parts: list[_Part] = []
    for line in lines:
        frame = _FRAME.match(line)
        if frame:
            parts.append(_Part([line], _library(frame["path"]), frame["margin"], is_frame=True))
        elif parts and parts[-1].is_frame and line.startswith(parts[-1].margin + "  "):
            parts[-1].lines.append(line)
        else:
            parts.append(_Part([line]))
    return parts


def _library(path: str) -> str:
    found = _LIBRARY.match(path)
    if not found:
        return ""
    return "python" if found["python"] else found["name"] or "python"
