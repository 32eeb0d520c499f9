"""Transactions: their list, and each as a waterfall; out to a file and in again."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from otel_logging.backends import Backend, BackendError, Transaction
from otel_logging.lens.otlp_file import FileError, exported, imported
from otel_logging.lens.web.drawing.scatter import scatter_svg
from otel_logging.lens.web.filters import AGES, Filter
from otel_logging.lens.web.render import Renderer
from otel_logging.lens.web.rows import waterfall

LARGEST_FILE = 16_000_000
MOST_FILES = 20


class TracePages:
    """The pages of transactions.

    Opened files stay in this process's memory, the last few of them: what others recorded does
    not mix with what the backend keeps.
    """

    def __init__(self, backend: Backend, render: Renderer) -> None:
        self._backend = backend
        self._render = render
        self._files: OrderedDict[str, Transaction] = OrderedDict()
        self._lock = Lock()

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        return [
            Route("/traces", self.listing),
            Route("/traces/{trace_id}.json", self.export),
            Route("/traces/{trace_id}", self.trace),
            Route("/file", self.open, methods=["POST"]),
            Route("/file/{name}", self.file),
        ]

    def listing(self, request: Request) -> Response:
        """Answer with the traces that match."""
        asked = Filter.read(request.query_params)
        traces = self._backend.traces(asked.traces())
        answer = self._render.page(
            request,
            "traces.html",
            asked=asked,
            traces=traces,
            ages=AGES,
            services=[service.name for service in self._backend.services()],
            scatter=scatter_svg(traces),
            longest=max((trace.duration_ns for trace in traces), default=1),
        )
        if request.headers.get("HX-Request"):
            answer.headers["HX-Push-Url"] = asked.url("/traces")
        return answer

    def trace(self, request: Request) -> Response:
        """Answer with one transaction; the start of its ID leads to it."""
        wanted = request.path_params["trace_id"]
        try:
            found = self._backend.trace(wanted)
        except BackendError as error:
            return self._render.page(request, "error.html", 404, message=str(error))
        if found.trace_id != wanted:
            return RedirectResponse(f"/traces/{found.trace_id}")
        return self._waterfall(request, found, file=None)

    def export(self, request: Request) -> Response:
        """Answer with one transaction as a file: what the backend keeps is redacted already."""
        found = self._backend.trace(request.path_params["trace_id"])
        name = f"trace-{found.trace_id}.json"
        return Response(
            exported(found),
            media_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def open(self, request: Request) -> Response:
        """Take a file in, and lead to its page."""
        async with request.form(max_files=1, max_fields=1, max_part_size=LARGEST_FILE) as form:
            upload = form.get("file")
            content = b"" if upload is None or isinstance(upload, str) else await upload.read()
        if len(content) > LARGEST_FILE:
            raise FileError(f"it is larger than {LARGEST_FILE // 10**6} MB")
        found = await run_in_threadpool(imported, content)
        name = sha256(content).hexdigest()[:16]
        with self._lock:
            self._files[name] = found
            while len(self._files) > MOST_FILES:
                self._files.popitem(last=False)
        return RedirectResponse(f"/file/{name}", 303)

    def file(self, request: Request) -> Response:
        """Answer with the transaction of an opened file."""
        name = request.path_params["name"]
        found = self._files.get(name)
        if found is None:
            message = "this file is no longer in memory; open it again on the page of traces"
            return self._render.page(request, "error.html", 404, message=message)
        return self._waterfall(request, found, file=name)

    def _waterfall(self, request: Request, found: Transaction, file: str | None) -> Response:
        drawn = waterfall(found)
        return self._render.page(request, "trace.html", found=found, drawn=drawn, file=file)
