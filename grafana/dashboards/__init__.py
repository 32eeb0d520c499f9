"""The dashboards, one module each."""

from __future__ import annotations

from collections.abc import Callable

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.dashboards.audit import audit
from grafana.dashboards.dependencies import dependencies
from grafana.dashboards.errors import errors
from grafana.dashboards.events import events
from grafana.dashboards.latency import latency
from grafana.dashboards.logs import logs
from grafana.dashboards.pipeline import pipeline
from grafana.dashboards.transaction import transaction

OPERATIONS: tuple[Callable[[], Dashboard], ...] = (
    logs,
    errors,
    transaction,
    latency,
    dependencies,
    events,
    pipeline,
)
AUDIT: tuple[Callable[[], Dashboard], ...] = (audit,)
"""Apart, so that an installation can give them to other readers than the rest."""
