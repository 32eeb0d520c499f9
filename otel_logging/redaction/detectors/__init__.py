"""The table of built-in detectors, by name."""

from typing import Final

from otel_logging.redaction.detectors import credentials, payment, personal, vendors
from otel_logging.redaction.detectors._detector import Detector

TABLE: Final[dict[str, Detector]] = {
    detector.name: detector
    for detector in (
        *vendors.DETECTORS,
        *credentials.DETECTORS,
        *payment.DETECTORS,
        *personal.DETECTORS,
    )
}
"""Every built-in detector, cheapest first."""

__all__ = ["TABLE", "Detector"]
