"""Which redaction rules are in force where, and whether they are the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

BARE_SERVICE: Final = "otel-logging-doctor-bare"
"""`service.name` of the doctor's canary that leaves what it sends to the Collector to redact."""

SAME: Final = 0
DIFFERENT: Final = 1
UNKNOWN: Final = 3


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where rules are in force.

    Attributes:
        where: policy file, the service, or collector.
        version: The version there; None when it is not known.
        detail: File, instance or address.
        redactions: Values and findings redacted so far.
        failures: Values and records masked as a whole because redaction failed.
        refused: How often a changed file was refused.
    """

    where: str
    version: str | None
    detail: str = ""
    redactions: int | None = None
    failures: int | None = None
    refused: int | None = None


def judge(places: Iterable[Place]) -> tuple[int, str]:
    """Return the exit code and the sentence for what is in force."""
    known = [place for place in places if place.version is not None]
    wanted = known[0].version
    others = [place for place in known if place.version != wanted]
    silent = [place.where for place in places if place.version is None]
    if others:
        names = ", ".join(f"{place.where} {place.detail}".strip() for place in others)
        return DIFFERENT, f"DIFFERENT: not the file's rules in force at {names}"
    if silent:
        return UNKNOWN, f"UNKNOWN: no answer from {', '.join(silent)}"
    return SAME, f"the same everywhere: {wanted}"


def of_collector(url: str, version: str | None) -> Place:
    """Return the place of a Collector whose page shows a version; None: it does not answer."""
    if version is None:
        return Place("collector", None, f"{url} does not answer")
    return Place("collector", version or None, url if version else f"{url} shows no policy version")
