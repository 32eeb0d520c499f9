"""Puts redaction, bridge, propagation and life cycle into a configured process."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, propagate, trace
from opentelemetry._logs import get_logger_provider

from otel_logging import semconv
from otel_logging.bridge.compat import CompatSink
from otel_logging.bridge.counts import Counts
from otel_logging.bridge.direct import Bounds, DirectSink
from otel_logging.bridge.spans import SpanDrops
from otel_logging.diagnostics import diagnostics
from otel_logging.integrations import aio_pika, fastapi, grpc, loguru, structlog, threads
from otel_logging.integrations.fastapi import debug
from otel_logging.launcher import measuring, servers
from otel_logging.launcher.capture import capture
from otel_logging.launcher.edge import EdgeLinkProcessor
from otel_logging.launcher.exporters import wrap_exporters
from otel_logging.launcher.lifecycle import Lifecycle, log_unhandled
from otel_logging.launcher.policy import PolicyInForce
from otel_logging.launcher.propagation import GuardedPropagator
from otel_logging.launcher.runtime import Runtime, resource_attributes
from otel_logging.launcher.spool import span_drainer, spooled_target
from otel_logging.launcher.target import sends_otlp
from otel_logging.levels import apply_levels, loggers
from otel_logging.levels.watch import LevelsWatcher
from otel_logging.redaction.active import put_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otel_logging.launcher.runtime import MakeSink
    from otel_logging.redaction.active import ActiveEngine
    from otel_logging.redaction.engine import Engine
    from otel_logging.settings import Settings

_runtime: Runtime | None = None


def current() -> Runtime | None:
    """Return what `set_up` made in this process, or None."""
    return _runtime


def set_up(settings: Settings) -> Runtime:
    """Set the process up once, on the providers that are configured; later calls change nothing.

    Raises:
        PolicyError: The policy cannot be used.
        SettingsError: The file of level changes cannot be used.
    """
    global _runtime  # noqa: PLW0603 - one process has one set-up
    if _runtime is not None:
        diagnostics.report("setup", "already set up; the second set-up changes nothing")
        return _runtime
    policy = PolicyInForce(settings, str(resource_attributes().get(semconv.SERVICE_NAME, "")))
    active = policy.active
    put_in_force(active)
    # The wrapper of an exporter does not tell where it sends to: ask first.
    counts, drops = Counts(), SpanDrops()
    export = _direct(settings, counts) or _compat(counts)
    by_otlp = sends_otlp(get_logger_provider())
    closing = wrap_exporters(
        active, drops, lambda exporter: span_drainer(exporter, settings, drops)
    )
    _runtime = runtime = Runtime(settings, active, os.environ, counts, export, by_otlp=by_otlp)
    runtime.tell_at_shutdown(closing)
    drops.observe(metrics.get_meter("otel_logging"))
    apply_levels(settings)
    capture(runtime.handler)
    _set_propagator(settings, active)
    lifecycle = Lifecycle(runtime)
    lifecycle.install()
    log_unhandled(_log_unhandled)
    for integration in (measuring, aio_pika, fastapi, grpc, loguru, structlog, threads):
        integration.instrument()
    servers.instrument(lifecycle.install_signals)
    _watch_levels(settings)
    policy.follow()
    return runtime


def _watch_levels(settings: Settings) -> None:
    os.register_at_fork(after_in_child=loggers.after_fork)
    if settings.levels_file is not None:
        service = str(resource_attributes().get(semconv.SERVICE_NAME, ""))
        LevelsWatcher(settings.levels_file, service).start()
    if settings.debug_key is not None:
        debug.accept(settings.debug_key)


def _direct(settings: Settings, counts: Counts) -> MakeSink | None:
    direct = settings.bridge == "direct"
    target = spooled_target(get_logger_provider(), settings, counts) if direct else None
    if target is None or os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    bounds = Bounds(
        settings.queue_size, settings.queue_bytes, delay=target.delay, timeout=target.timeout
    )
    return lambda resource: DirectSink(target.transport, resource, bounds, counts)


def _compat(counts: Counts) -> MakeSink | None:
    provider: Any = get_logger_provider()
    flush = getattr(provider, "force_flush", None)
    return None if flush is None else lambda _resource: CompatSink(provider, flush, counts)


def _set_propagator(settings: Settings, active: ActiveEngine) -> None:
    @functools.lru_cache(maxsize=1024)
    def redacted(engine: Engine, items: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
        with active.in_use():
            return engine.attributes(dict(items))

    def redact(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        # The matcher is slow beside a busy interpreter, and users come back.
        return redacted(active.current, tuple(attributes.items()))

    propagate.set_global_textmap(
        GuardedPropagator(
            propagate.get_global_textmap(),
            settings.baggage_keys,
            edge=settings.edge,
            redact=redact,
        )
    )
    provider: Any = trace.get_tracer_provider()
    if settings.edge and hasattr(provider, "add_span_processor"):
        provider.add_span_processor(EdgeLinkProcessor())


def _log_unhandled(message: str, error: BaseException) -> None:
    logging.getLogger("python").critical(message, exc_info=error)
