"""Puts the spool between pipelines and their receivers, where one is asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from otel_logging.bridge.parts import LogParts, Parts, SpanParts
from otel_logging.bridge.spool import Spool
from otel_logging.bridge.spooling import Drainer, SpoolingTransport
from otel_logging.launcher.outcome import attempt_once
from otel_logging.launcher.target import Target, find_span_target, find_target

if TYPE_CHECKING:
    from otel_logging.bridge.counts import Counts
    from otel_logging.bridge.spans import SpanDrops
    from otel_logging.settings import Settings


def spooled_target(provider: Any, settings: Settings, counts: Counts) -> Target | None:
    """Return how to reach the receiver of log records; see `find_target`.

    Raises:
        SettingsError: The folder of the spool cannot be used.
    """
    target, again = find_target(provider), find_target(provider)
    if target is None or again is None or settings.spool is None:
        return target
    drainer = _drainer(again, LogParts(counts), "logs", settings)
    return target._replace(transport=SpoolingTransport(target.transport, drainer))


def span_drainer(exporter: Any, settings: Settings, drops: SpanDrops) -> Drainer | None:
    """Return what sends the spooled spans of an exporter, or None where they are not spooled.

    Raises:
        SettingsError: The folder of the spool cannot be used.
    """
    target = find_span_target(exporter) if settings.spool is not None else None
    if target is None:
        return None
    attempt_once(exporter)
    drainer = _drainer(target, SpanParts(drops), "traces", settings)
    os.register_at_fork(after_in_child=drainer.after_fork)
    return drainer


def _drainer(target: Target, parts: Parts, signal: str, settings: Settings) -> Drainer:
    assert settings.spool is not None
    spool = Spool(settings.spool, signal, settings.spool_bytes)
    return Drainer(spool, parts, target.transport, target.timeout)
