"""How a finding is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from otel_logging.audit import Finding


def table(finding: Finding) -> str:
    """One line of columns: fingerprint, rule, encoding, location, field."""
    encoding = "+".join(finding.encoding) or "plain"
    place = f"{finding.location}  {finding.field}".rstrip()
    return f"{finding.fingerprint}  {finding.rule:<18}  {encoding:<14}  {place}"


def json_line(finding: Finding) -> str:
    """One JSON object with everything known of a finding."""
    return msgspec.json.encode(finding).decode()


FORMATS: Final[dict[str, Callable[[Finding], str]]] = {"table": table, "json": json_line}
