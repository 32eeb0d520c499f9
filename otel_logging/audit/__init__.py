"""Looks for secrets wherever telemetry rests, and says where they are but never what they are."""

from otel_logging.audit.auditor import Auditor
from otel_logging.audit.baseline import Baseline, BaselineError
from otel_logging.audit.findings import Finding, Fingerprints
from otel_logging.audit.needles import NeedleError, Needles
from otel_logging.audit.problems import Problem

__all__ = [
    "Auditor",
    "Baseline",
    "BaselineError",
    "Finding",
    "Fingerprints",
    "NeedleError",
    "Needles",
    "Problem",
]
