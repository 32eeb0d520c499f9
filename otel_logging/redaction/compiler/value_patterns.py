"""Value rules as Go regular expressions that never match a mark of ours."""

from otel_logging.redaction.pairs import shapes
from otel_logging.redaction.policy import Section
from otel_logging.redaction.scanner import detectors


def blocked(section: Section) -> list[str]:
    """Patterns of what goes out of strings: detectors, then names with their values."""
    found = [detector.collector_pattern for detector, _ in detectors(section)]
    return [*found, *shapes(section, for_collector=True).values()]
