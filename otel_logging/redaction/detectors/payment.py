"""Payment data."""

from otel_logging.redaction.detectors import partials, validators
from otel_logging.redaction.detectors._detector import USUAL, Detector, profiles

_GAP = r"[ \t_./-]{0,2}"
_CARD = (
    r"(?:\b|_)(?:"
    + "|".join(
        rf"{prefix}(?:{_GAP}[0-9]){{{more}}}"
        for prefix, more in {
            "4": "15",
            f"4(?:{_GAP}[0-9])": "11",
            f"5{_GAP}[1-5]": "14",
            f"2{_GAP}[2-7]": "14",
            f"3{_GAP}[47]": "13",
            f"6{_GAP}(?:0|2|4|5)": "14",
            f"6{_GAP}2": "15,17",
            f"3{_GAP}5": "14",
            f"3{_GAP}[068]": "12",
            "9": "15",
        }.items()
    )
    + r")(?:\b|_)"
)
"""Issuer prefixes and lengths without the check digit, which the Collector cannot test in text."""

DETECTORS = (
    Detector(
        name="payment-card",
        gate=rf"[0-9](?:{_GAP}[0-9]){{12}}",
        pattern=rf"(?:\b|_)(?P<secret>[0-9](?:{_GAP}[0-9]){{12,}})(?:\b|_)",
        collector=_CARD,
        profiles=USUAL,
        matches=(
            "4111111111111111",
            "4111 1111 1111 1111",
            "3782-822463-10005",
            "card_5555555555554444_",
            "4111-1111-1111-1111 12/29",
        ),
        misses=(
            "4111111111111112",
            "1764000000000000000",
            "550e8400-e29b-41d4-a716-446655440000",
            "2026-11-24 07:28:31",
        ),
        refine=validators.payment_card,
        partial=partials.last_four,
    ),
    Detector(
        name="iban",
        gate=r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}",
        pattern=r"\b(?P<secret>[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?)\b",
        profiles=USUAL,
        matches=("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"),
        misses=("DE89370400440532013001", "GB00WEST12345698765432", "AB12CDEF"),
        refine=validators.iban,
        partial=partials.last_four,
    ),
    Detector(
        name="card-track",
        literals=("%B", ";"),
        pattern=r"%B[0-9]{12,19}\^[^^\n]{2,26}\^[0-9]{4}[^?\n]{0,60}\??|;[0-9]{12,19}=[0-9]{7,32}\??",
        # There the number may be masked before the rest of the track is looked for.
        collector=r"%B[0-9]{12,19}\^[^^\n]{2,26}\^[0-9]{4}[^?\n]{0,60}\??"
        r"|;(?:[0-9]{12,19}|\*{4})=[0-9]{7,32}\??",
        profiles=profiles("payment strict"),
        matches=("%B4111111111111111^DOE/JOHN^29121010000?", ";4111111111111111=29121010000?"),
        misses=("%B4111^x", ";a=1"),
    ),
    Detector(
        name="bitcoin-private-key",
        pattern=r"\b[5KL][1-9A-HJ-NP-Za-km-z]{50,51}\b",
        profiles=profiles("payment strict"),
        matches=("5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",),
        misses=("5HueCGU8rMjx",),
    ),
)
"""The detectors of payment data."""
