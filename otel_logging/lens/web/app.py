"""Putting the lens together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from otel_logging.backends import Backend, BackendError
from otel_logging.lens.otlp_file import FileError
from otel_logging.lens.web.access import Gate, SafeHeaders, logged_in, same
from otel_logging.lens.web.filters import FilterError
from otel_logging.lens.web.pages.logs import LogPages
from otel_logging.lens.web.pages.overviews import OverviewPages
from otel_logging.lens.web.pages.traces import TracePages
from otel_logging.lens.web.render import THEME_COOKIE, THEMES, Renderer
from otel_logging.lens.web.settings import LensSettings

STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 24 * 3600
STATUSES: dict[type[Exception], tuple[int, str]] = {
    BackendError: (502, ""),
    FilterError: (400, "This filter is not understood: "),
    FileError: (400, "This file cannot be opened: "),
}


def create_app(backend: Backend, settings: LensSettings) -> Starlette:
    """Return the application; its shutdown closes the backend."""
    render = Renderer(settings.backend)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(backend.close)

    async def failed(request: Request, error: Exception) -> Response:
        status, before = STATUSES[type(error)]
        return render.page(request, "error.html", status, message=f"{before}{error}")

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return render.page(request, "error.html", error.status_code, message=error.detail)

    middleware = [Middleware(SafeHeaders)]
    if settings.token is not None:
        middleware.append(Middleware(Gate, token=settings.token, render=render))
    return Starlette(
        lifespan=lifespan,
        middleware=middleware,
        exception_handlers={**dict.fromkeys(STATUSES, failed), HTTPException: refused},
        routes=[
            Route("/", lambda _request: RedirectResponse("/logs")),
            *LogPages(backend, render).routes(),
            *TracePages(backend, render).routes(),
            *OverviewPages(backend, render).routes(),
            Route("/login", _login(settings, render), methods=["POST"]),
            Route("/theme", _theme, methods=["POST"]),
            Route("/healthz", lambda _request: JSONResponse({"status": "ok"})),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
    )


def _login(settings: LensSettings, render: Renderer) -> Callable[[Request], Awaitable[Response]]:
    async def login(request: Request) -> Response:
        async with request.form() as form:
            given = str(form.get("token", ""))
        if settings.token is not None and same(given, settings.token):
            return logged_in(settings.token)
        return render.page(request, "login.html", 401, wrong=True)

    return login


async def _theme(request: Request) -> Response:
    """Keep the theme in a cookie, so that pages come in it from the first byte."""
    async with request.form() as form:
        wanted, back = str(form.get("theme", "")), str(form.get("back", "/"))
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    answer = RedirectResponse(back if inside else "/", 303)
    if wanted in THEMES:
        answer.set_cookie(THEME_COOKIE, wanted, max_age=YEAR_SECONDS, samesite="strict")
    return answer
