"""Metrics, redacted before they are exported."""

import dataclasses
from typing import Any

from opentelemetry.sdk.metrics.export import (
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    ResourceMetrics,
)

from otel_logging.redaction.active import ActiveEngine
from otel_logging.redaction.exporters.surroundings import Surroundings


class RedactingMetricExporter(MetricExporter):
    """Exports redacted copies of metrics: attributes, exemplars, names, resource."""

    def __init__(self, exporter: MetricExporter, active: ActiveEngine) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,  # noqa: SLF001
            preferred_aggregation=exporter._preferred_aggregation,  # noqa: SLF001
        )
        self._exporter = exporter
        self._active = active

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        """Redact and export; FAILURE when the batch could not be redacted."""
        engine = self._active.current
        try:
            with self._active.in_use() as engine:
                surroundings = Surroundings(engine)
                redacted = MetricsData(
                    [
                        _redacted_metrics(surroundings, each)
                        for each in metrics_data.resource_metrics
                    ]
                )
        except Exception:  # noqa: BLE001
            engine.counts.fail()
            return MetricExportResult.FAILURE
        return self._exporter.export(redacted, timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Flush the wrapped exporter, within ``timeout_millis`` milliseconds."""
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Shut the wrapped exporter down, within ``timeout_millis`` milliseconds."""
        self._exporter.shutdown(timeout_millis, **kwargs)


def _redacted_metrics(surroundings: Surroundings, metrics: ResourceMetrics) -> ResourceMetrics:
    return dataclasses.replace(
        metrics,
        resource=surroundings.resource(metrics.resource),
        scope_metrics=[
            dataclasses.replace(
                scope,
                scope=surroundings.scope(scope.scope),
                metrics=[_redacted_metric(surroundings, metric) for metric in scope.metrics],
            )
            for scope in metrics.scope_metrics
        ],
    )


def _redacted_metric(surroundings: Surroundings, metric: Metric) -> Metric:
    points: list[Any] = [
        dataclasses.replace(
            point,
            attributes=surroundings.attributes(point.attributes),
            exemplars=[
                dataclasses.replace(
                    exemplar,
                    filtered_attributes=surroundings.attributes(exemplar.filtered_attributes),
                )
                for exemplar in point.exemplars
            ],
        )
        for point in metric.data.data_points
    ]
    data: Any = metric.data
    return dataclasses.replace(
        metric,
        name=surroundings.name(metric.name),
        description=surroundings.name(metric.description),
        data=dataclasses.replace(data, data_points=points),
    )
