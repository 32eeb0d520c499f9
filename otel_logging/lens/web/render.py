"""Turning templates into answers: everything that is put into one is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from otel_logging import semconv
from otel_logging._version import __version__
from otel_logging.backends import LogRecord, TraceSummary
from otel_logging.backends.times import clock, duration, rfc3339, unix_nanos
from otel_logging.lens.text import error_text, printable, shown
from otel_logging.lens.web.addresses import logs_url, record_url, trace_url
from otel_logging.lens.web.filters import LEVELS

HERE = Path(__file__).parent
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "lens-theme"
LONGEST_LINE = 600
MOST_HINTS = 3
HINTS = (
    semconv.HTTP_REQUEST_METHOD,
    semconv.URL_PATH,
    semconv.HTTP_RESPONSE_STATUS_CODE,
)


class Renderer:
    """Renders pages.

    Args:
        backend: What each page says it shows.
    """

    def __init__(self, backend: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            backend=backend,
            version=__version__,
            levels=LEVELS,
            logs_url=logs_url,
            record_url=record_url,
            trace_url=trace_url,
            error_text=error_text,
        )
        self._environment.filters.update(
            clock=clock,
            time=lambda nanos: clock(nanos)[11:],
            moment=lambda text: clock(unix_nanos(text))[:19],
            duration=duration,
            shown=shown,
            line=one_line,
            hint=hint,
            printable=printable,
            number=lambda value: f"{value:,}".replace(",", "\u202f"),
            level=level,
            rfc3339=rfc3339,
            title_of=title_of,
        )

    def page(
        self, request: Request, template: str, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """Return a page."""
        theme = request.cookies.get(THEME_COOKIE, "auto")
        shared = {
            "theme": theme if theme in THEMES else "auto",
            "path": request.url.path,
            "here": f"{request.url.path}?{request.url.query}".rstrip("?"),
        }
        return HTMLResponse(self.text(template, **shared, **context), status)

    def text(self, template: str, **context: Any) -> str:
        """Return a template's text."""
        return self._environment.get_template(template).render(context)


def one_line(value: Any) -> str:
    """Return a value on one line, cut where nobody reads on."""
    text = " ".join(shown(value).split())
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def hint(record: LogRecord) -> str:
    """Return what a record is about, where its body does not say so.

    Of a business event these are the attributes of its own domain, else method, path and status.
    """
    domain = (record.event_name or "").split(".")[0]
    if domain not in {"", "http"}:
        own = [key for key in record.attributes if key.startswith(f"{domain}.")]
        return " ".join(f"{key}={one_line(record.attributes[key])}" for key in own[:MOST_HINTS])
    asked = [record.attributes.get(name) for name in HINTS]
    words = [one_line(value) for value in asked if value is not None]
    body = one_line(record.body)
    return "" if any(word in body for word in words[:2]) else " ".join(words)


def level(name: str) -> str:
    """Return which of the six levels a severity text is; CUSTOM for any other."""
    return name.upper() if name.upper() in LEVELS else "CUSTOM"


def title_of(trace: TraceSummary) -> str:
    """Return what a trace is called."""
    return printable(f"{trace.root_service} {trace.root_name}")
