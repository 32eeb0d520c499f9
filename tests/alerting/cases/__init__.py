"""The cases of every alert, by kind as the rules are."""

from __future__ import annotations

from tests.alerting.cases import (
    errors,
    patterns,
    pipeline,
    presence,
    queues,
    redaction,
    requests,
    security,
)

KINDS = (presence, errors, requests, patterns, redaction, security, queues, pipeline)
CASES = [case for kind in KINDS for case in kind.CASES]
