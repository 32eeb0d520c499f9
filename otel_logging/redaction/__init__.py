"""Redaction: one policy, enforced in the process and compiled for the Collector."""

from otel_logging.redaction.active import ActiveEngine
from otel_logging.redaction.engine import Engine, Redactable
from otel_logging.redaction.load import load_policy, parse_policy
from otel_logging.redaction.policy import Policy, PolicyError

__all__ = [
    "ActiveEngine",
    "Engine",
    "Policy",
    "PolicyError",
    "Redactable",
    "load_policy",
    "parse_policy",
]
