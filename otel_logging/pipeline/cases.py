"""A file of cases: what goes into a Collector, and what has to come out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from otel_logging.backends import LogRecord, Span, Status, Transaction
from otel_logging.backends.times import rfc3339
from otel_logging.pipeline.matching import Absent, Matching
from otel_logging.pipeline.metrics import GivenMetric
from otel_logging.redaction.lines import line_of

SIGNALS: Final = ("logs", "spans", "metrics")
_SECOND_NS: Final = 10**9


class CasesError(Exception):
    """A file of cases cannot be used; the message names file, line and reason."""


class GivenLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A log record that is sent, in the project's JSON form; all of it may be left out."""

    timestamp: str | None = None
    severity: str = "INFO"
    body: Any = ""
    service: str = "pipeline-test"
    scope: str = "pipeline.test"
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}

    def record(self, now_ns: int) -> LogRecord:
        """Return it as a record of now, unless it has a time."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return LogRecord(**{**given, "timestamp": self.timestamp or rfc3339(now_ns)})


class GivenSpan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A span that is sent; it ends now, and all but its name may be left out."""

    name: str
    kind: str = "INTERNAL"
    service: str = "pipeline-test"
    scope: str = "pipeline.test"
    trace_id: str = "0af7651916cd43dd8448eb211c80319c"
    span_id: str = "b7ad6b7169203331"
    parent_span_id: str | None = None
    duration_ms: float = 1.0
    status: Status = Status()
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}

    def span(self, now_ns: int) -> Span:
        """Return it as a span that ends now."""
        names = set(self.__struct_fields__) - {"duration_ms"}
        start_ns = now_ns - int(self.duration_ms * 1e6)
        given = {name: getattr(self, name) for name in names}
        return Span(**given, start_unix_nano=start_ns, end_unix_nano=now_ns)


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent."""

    logs: list[GivenLog] = []
    spans: list[GivenSpan] = []
    metrics: list[GivenMetric] = []

    def transaction(self) -> Transaction:
        """Return its records and spans, as of now."""
        now_ns = time.time_ns()
        spans = [one.span(now_ns) for one in self.spans]
        return Transaction("", spans, [one.record(now_ns) for one in self.logs])


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has to come out, item by item; of a signal that is left out nothing is asked."""

    logs: list[dict[str, Any]] | None = None
    spans: list[dict[str, Any]] | None = None
    metrics: list[dict[str, Any]] | None = None


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One case.

    Attributes:
        into: The receiver that is sent to.
        at: The exporters at which something is expected; without any, each that takes the signal.
        wait: Seconds between sending and stopping, for what decides later.
        line: Where the case begins in its file.
    """

    name: str
    given: Given
    expect: Expected
    into: str = "otlp"
    at: list[str] = []
    wait: float = 0.0
    line: int = 0


class Collector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Collector under test.

    Attributes:
        config: Its configuration files in their order, relative to the file of cases.
        environ: Environment variables that they read.
    """

    config: list[str]
    environ: dict[str, str] = {}


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of cases."""

    collector: Collector
    cases: list[Case]
    file: str = ""

    @property
    def files(self) -> list[Path]:
        """The Collector's configuration files."""
        return [Path(self.file).parent / name for name in self.collector.config]


class _Loader(yaml.SafeLoader):
    """YAML with the tags `!re` and `!absent`."""


_Loader.add_constructor("!re", lambda _loader, node: Matching.of(str(node.value)))
_Loader.add_constructor("!absent", lambda _loader, _node: Absent())


def read(file: Path) -> Suite:
    """Read a file of cases.

    Raises:
        CasesError: It cannot be read, or is none.
    """
    try:
        text = file.read_text("utf-8")
        node = yaml.compose(text, _Loader)
        data = yaml.load(text, _Loader)  # noqa: S506 - a loader of plain data
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f":{mark.line + 1}" if mark else ""
        raise CasesError(f"{file}{at}: {getattr(error, 'problem', None) or error}") from None
    try:
        suite = msgspec.convert(data, Suite)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        line = line_of(node, where.rstrip("`").lstrip("."))
        raise CasesError(f"{file}:{line}: {reason}") from None
    lines = [line_of(node, f"cases[{number}]") for number in range(len(suite.cases))]
    cases = [
        msgspec.structs.replace(case, line=line)
        for case, line in zip(suite.cases, lines, strict=True)
    ]
    _refuse(cases, file)
    return msgspec.structs.replace(suite, cases=cases, file=str(file))


def _refuse(cases: list[Case], file: Path) -> None:
    for case in cases:
        if all(getattr(case.expect, items) is None for items in SIGNALS):
            raise CasesError(f"{file}:{case.line}: {case.name!r} expects nothing; name logs or []")
    if not cases:
        raise CasesError(f"{file}: has no cases")
