"""What is running in this process: bridge, engine and providers, and their orderly end."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider

from otel_logging import semconv
from otel_logging.bridge.clean import CleanResource
from otel_logging.bridge.console import ConsoleSink, choose_format
from otel_logging.bridge.handler import BridgeHandler
from otel_logging.bridge.queue import BoundedQueue
from otel_logging.bridge.worker import Sink, Worker, rank_of, severity_of_rank
from otel_logging.diagnostics import diagnostics
from otel_logging.launcher.errands import Errand, Errands
from otel_logging.launcher.heartbeat import beat

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from otel_logging.bridge.counts import Counts
    from otel_logging.bridge.snapshot import Snapshot
    from otel_logging.bridge.spans import Closing
    from otel_logging.redaction.active import ActiveEngine
    from otel_logging.settings import Settings

MakeSink = Callable[[CleanResource], Sink]
"""Makes the sink that exports, given the resource."""

_UNKNOWN: Final = {semconv.SERVICE_NAME: "unknown_service"}


class Runtime:
    """The bridge of this process and the providers that it belongs to.

    Attributes:
        active: The redaction engine in use.
        handler: Where records come in.
        counts: Records and drops so far.
    """

    def __init__(
        self,
        settings: Settings,
        active: ActiveEngine,
        environ: Mapping[str, str],
        counts: Counts,
        export: MakeSink | None,
        *,
        by_otlp: bool,
    ) -> None:
        self.active = active
        self.counts = counts
        self._timeout = settings.shutdown_timeout
        self._shutting_down = threading.Lock()
        self._shut_down = False
        self._closing: Sequence[Closing] = ()
        self._errands = Errands(len(_providers()))
        resource = CleanResource(active, resource_attributes)
        console = _console(settings, environ, resource, by_otlp=by_otlp)
        exporting = export(resource) if export is not None else None
        sinks = [sink for sink in (console, exporting) if sink is not None]
        self._queue: BoundedQueue[Snapshot] = BoundedQueue(
            settings.queue_size, settings.queue_bytes, rank_of, self._count_drops
        )
        self._worker = Worker(
            self._queue, active, sinks, self.counts, frozenset(settings.baggage_keys)
        )
        self.handler = BridgeHandler(
            self._queue,
            self._worker,
            with_code=environ.get("OTEL_PYTHON_LOG_CODE_ATTRIBUTES", "").lower() == "true",
        )
        meter = metrics.get_meter("otel_logging")
        self.counts.observe(meter, lambda: len(self._queue))
        beat(meter)

    def tell_at_shutdown(self, exporters: Sequence[Closing]) -> None:
        """Name exporters that have to know when to give up."""
        self._closing = exporters
        self._errands.more(len(exporters))

    def flush(self, timeout: float) -> bool:
        """Deliver logs, spans and metrics written so far; tell whether all was in time."""
        deadline = time.monotonic() + timeout
        # The SDK's own flush knows no bound: it runs beside, and is left behind when late.
        threads = [
            _in_thread(provider, "force_flush", int(timeout * 1000)) for provider in _providers()
        ]
        delivered = self._worker.flush(deadline)
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
            delivered = delivered and not thread.is_alive()
        return delivered

    def shut_down(self) -> None:
        """Deliver and stop, within the settings' time. Calling it again does nothing."""
        with self._shutting_down:
            if self._shut_down:
                return
            self._shut_down = True
            deadline = time.monotonic() + self._timeout
            for exporter in self._closing:
                self._errands.run(exporter.close_by, deadline)
            # Spans leave while the last records do; metrics count those records and go last.
            logs, spans, measures = _providers()
            first = self._shut_down_provider(spans)
            in_time = self._worker.close(deadline)
            for errand in (
                first,
                self._shut_down_provider(measures),
                self._shut_down_provider(logs),
            ):
                in_time = errand.join(deadline - time.monotonic()) and in_time
            if not in_time:
                diagnostics.report(
                    "shutdown",
                    f"not everything was delivered within {self._timeout:g} s "
                    "(OTLOG_SHUTDOWN_TIMEOUT); what was left is lost",
                )

    def before_fork(self) -> None:
        """Let the worker finish its chunk, and exporters what they redact."""
        self._worker.pause()
        self.active.before_fork()

    def after_fork_in_parent(self) -> None:
        """Let them go on."""
        self.active.after_fork_in_parent()
        self._worker.resume()

    def after_fork(self) -> None:
        """Start anew in a forked child."""
        self._shutting_down = threading.Lock()
        self.active.after_fork()
        diagnostics.after_fork()
        self._queue.after_fork()
        self.counts.after_fork()
        self._worker.after_fork()
        self._errands.after_fork()

    def _shut_down_provider(self, provider: Any) -> Errand:
        at_exit = getattr(provider, "_atexit_handler", None) or getattr(
            provider, "_at_exit_handler", None
        )
        if at_exit is not None:
            # It would wait for half a minute, whatever the bound.
            atexit.unregister(at_exit)
        return self._errands.run(_call, provider, "shutdown")

    def _count_drops(self, ranks: Counter[int]) -> None:
        self.counts.dropped("queue_full", _by_severity(ranks))
        diagnostics.report(
            "queue_full",
            f"the queue is full: {sum(ranks.values())} records were dropped, least severe first "
            "(OTLOG_QUEUE_SIZE, OTLOG_QUEUE_BYTES)",
        )


def resource_attributes() -> Mapping[str, Any]:
    """Return the attributes of the resource that records belong to."""
    for provider in _providers():
        resource = getattr(provider, "resource", None)
        if resource is not None:
            attributes: Mapping[str, Any] = resource.attributes
            return attributes
    return _UNKNOWN


def _console(
    settings: Settings, environ: Mapping[str, str], resource: CleanResource, *, by_otlp: bool
) -> ConsoleSink | None:
    form = choose_format(settings.console, sys.stderr, environ, resource, by_otlp=by_otlp)
    return ConsoleSink(form, lambda: sys.stderr) if form is not None else None


def _providers() -> list[Any]:
    return [get_logger_provider(), trace.get_tracer_provider(), metrics.get_meter_provider()]


def _call(provider: Any, method: str, *args: Any) -> None:
    try:
        function = getattr(provider, method, None)
        if function is not None:
            function(*args)
    except Exception as error:  # noqa: BLE001 - one provider must not keep the others
        diagnostics.error(f"provider.{method}", f"{type(provider).__name__}.{method}", error)


def _in_thread(provider: Any, method: str, *args: Any) -> threading.Thread:
    thread = threading.Thread(target=_call, args=(provider, method, *args), daemon=True)
    thread.start()
    return thread


def _by_severity(ranks: Counter[int]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for rank, count in ranks.items():
        text = severity_of_rank(rank)
        totals[text] = totals.get(text, 0) + count
    return totals
