"""A Collector's own page of metrics."""

from __future__ import annotations

import re
import urllib.request
from typing import Final

METRICS_URL: Final = "http://127.0.0.1:8888/metrics"
"""Where a Collector with the files in `collector/` shows its own metrics."""

_VERSION: Final = re.compile(r'^target_info\{[^}]*\botlog_policy_version="([^"]*)"', re.MULTILINE)
_TIMEOUT: Final = 5.0


def policy_version(metrics_url: str) -> str | None:
    """Return the version of the policy that a Collector runs; None when it does not answer.

    The version is empty when the Collector shows none: its configuration is not ours, or older.
    """
    try:
        with urllib.request.urlopen(metrics_url, timeout=_TIMEOUT) as answer:  # noqa: S310
            page = answer.read().decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
    found = _VERSION.search(page)
    return found[1] if found else ""
