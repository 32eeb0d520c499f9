"""From a line to its trace and back: as the embedded store does it, or as Grafana will."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
import msgspec
import yaml

from otel_logging.backends import Backend, BackendError, LogQuery, LogRecord, Span
from otel_logging.doctor.outcome import StepError
from otel_logging.doctor.told import reason, without_secret

DATASOURCES: Final = Path("grafana/provisioning/datasources/datasources.yaml")
"""Grafana's provisioned sources, in this repository."""

_SHIFT: Final = re.compile(r"(-?\d+)(ms|s|m|h)")
_UNITS: Final = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_TIMEOUT: Final = 30.0
_LINES: Final = 5000
_AROUND_NS: Final = 600 * 10**9


class Links(Protocol):
    """The two jumps. Both raise StepError and BackendError."""

    def trace_of(self, record: LogRecord) -> set[str]:
        """Return the IDs of the spans to which a record leads."""

    def lines_of(self, span: Span) -> set[str]:
        """Return the `log.record.uid` of the records to which a span leads."""


class StoreLinks:
    """The jumps of the embedded store and its pages."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def trace_of(self, record: LogRecord) -> set[str]:
        """Return the IDs of the spans to which a record leads."""
        if record.trace_id is None:
            raise StepError("the record has no trace ID", _NO_TRACE_ID)
        return {span.span_id for span in self._backend.trace(record.trace_id).spans}

    def lines_of(self, span: Span) -> set[str]:
        """Return the `log.record.uid` of the records to which a span leads."""
        found = self._backend.search_logs(LogQuery(trace_id=span.trace_id, limit=_LINES))
        return {record.uid or "" for record in found}


class GrafanaLinks:
    """The jumps of Grafana, made by its provisioned queries.

    Args:
        backend: `loki+tempo:` and the two URLs.
        file: The provisioned data sources.

    Raises:
        StepError: The file cannot be read, or has no such sources.
    """

    def __init__(self, backend: str, file: Path) -> None:
        self._loki, self._tempo = backend.partition(":")[2].split(",")
        self._file = file
        self._sources = _sources(file)

    @property
    def exemplar_label(self) -> str:
        """The label that leads from an exemplar to its trace."""
        links = self._settings("prometheus").get("exemplarTraceIdDestinations") or [{}]
        return str(links[0].get("name", "trace_id"))

    def trace_of(self, record: LogRecord) -> set[str]:
        """Return the IDs of the spans to which a record leads by the derived field."""
        fields = self._settings("loki").get("derivedFields") or []
        labels, line = self._line(record)
        for field in fields:
            if value := _derived(field, labels, line):
                wanted = str(field.get("url", "")).replace("${__value.raw}", value)
                return self._spans(wanted)
        raise StepError(
            "no derived field finds a trace ID on the canary's line",
            f"correct derivedFields of the Loki source in {self._file}: matcherType label, "
            "matcherRegex ^trace_id$",
        )

    def lines_of(self, span: Span) -> set[str]:
        """Return the `log.record.uid` of the records to which a span leads."""
        link = self._settings("tempo").get("tracesToLogsV2") or {}
        attributes = {**span.resource, **span.attributes}
        tags = [(tag["key"], tag.get("value") or tag["key"]) for tag in link.get("tags") or []]
        filled = ", ".join(f'{label}="{attributes.get(key, "")}"' for key, label in tags)
        query = str(link.get("query", "")).replace("${__tags}", filled)
        query = query.replace("${__trace.traceId}", span.trace_id)
        since = span.start_unix_nano + _nanos(link.get("spanStartTimeShift"))
        until = span.end_unix_nano + _nanos(link.get("spanEndTimeShift"))
        found = self._lines(query, since, until)
        return {labels.get("log_record_uid", "") for labels, _ in found}

    def _settings(self, kind: str) -> dict[str, Any]:
        if kind not in self._sources:
            advice = "give Grafana's file of data sources by --datasources FILE"
            raise StepError(f"{self._file} has no source of type {kind}", advice)
        return self._sources[kind]

    def _line(self, record: LogRecord) -> tuple[dict[str, str], str]:
        at = record.time_unix_nano
        query = f'{{service_name="{record.service}"}}'
        for labels, line in self._lines(query, at - _AROUND_NS, at + _AROUND_NS):
            if labels.get("log_record_uid") == record.uid:
                return labels, line
        raise StepError(
            f"Loki does not give the canary's line for {query}",
            "keep the index label service_name: see loki/loki.yaml",
        )

    def _lines(self, query: str, since: int, until: int) -> list[tuple[dict[str, str], str]]:
        params: dict[str, str | int] = {
            "query": query,
            "start": since,
            "end": until + 1,
            "limit": _LINES,
        }
        data = _get("Loki", f"{self._loki}/loki/api/v1/query_range", params)["data"]
        return [(each["stream"], line) for each in data["result"] for _, line, *_ in each["values"]]

    def _spans(self, trace_id: str) -> set[str]:
        found = _get("Tempo", f"{self._tempo}/api/v2/traces/{trace_id}", {}, missing={})
        blocks = found.get("trace", {}).get("resourceSpans", [])
        spans = (one for each in blocks for scoped in each["scopeSpans"] for one in scoped["spans"])
        return {_hex(span["spanId"]) for span in spans}


_NO_TRACE_ID: Final = "something on the way removes it: compare the Collector's overlays with ours"


def _sources(file: Path) -> dict[str, dict[str, Any]]:
    """The settings of each source as Grafana reads them, by its type."""
    try:
        content = yaml.safe_load(file.read_text("utf-8").replace("$$", "$"))
        return {one["type"]: one.get("jsonData") or {} for one in content["datasources"]}
    except OSError as error:
        advice = "give Grafana's file of data sources by --datasources FILE"
        raise StepError(f"{file}: {error.strerror}", advice) from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise StepError(f"{file}: {error}", "it has to be what Grafana provisions") from None


def _derived(field: dict[str, Any], labels: dict[str, str], line: str) -> str | None:
    """Return what a derived field takes from a line, as Grafana does."""
    pattern = re.compile(str(field.get("matcherRegex", "")))
    if field.get("matcherType") == "label":
        return next((value for name, value in labels.items() if pattern.search(name)), None)
    match = pattern.search(line)
    return match[1] if match and match.groups() else None


def _nanos(shift: Any) -> int:
    match = _SHIFT.fullmatch(str(shift or "0s"))
    return int(match[1]) * _UNITS[match[2]] if match else 0


def _hex(encoded: str) -> str:
    """Tempo gives IDs in hex or, by protobuf's JSON mapping, in base64."""
    return encoded if re.fullmatch("[0-9a-f]{16}", encoded) else _from_base64(encoded)


def _from_base64(encoded: str) -> str:
    return msgspec.json.decode(f'"{encoded}"'.encode(), type=bytes).hex()


def _get(
    what: str, url: str, params: dict[str, str | int], missing: dict[str, Any] | None = None
) -> dict[str, Any]:
    try:
        answer = httpx.get(url, params=params, timeout=_TIMEOUT)
        if answer.status_code == httpx.codes.NOT_FOUND and missing is not None:
            return missing
        if answer.is_client_error:
            advice = "correct the provisioned query"
            raise StepError(f"{what} refuses: {answer.text.strip()[:200]}", advice)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except (httpx.HTTPError, msgspec.MsgspecError) as error:
        told = f"{what} at {without_secret(url)} did not answer: {reason(error)}"
        raise BackendError(told) from None
