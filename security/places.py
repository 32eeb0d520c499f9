"""Where things come to rest, whose they are, and what may rest there."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Somewhere that is written to.

    Attributes:
        name: As the report calls it.
        globs: Its files, below the run's folder.
        may_hold: Kinds of secrets, or entries, that are the application's own data there.
        why: Why they may.
        ours: Whether the product writes the files, so that their modes are its own to keep.
    """

    name: str
    globs: tuple[str, ...]
    may_hold: frozenset[str] = frozenset()
    why: str = ""
    ours: bool = True

    def files(self, folder: Path) -> list[Path]:
        """The files that there are."""
        found = {path for glob in self.globs for path in folder.glob(glob)}
        return sorted(path for path in found if path.is_file() and not path.is_symlink())


PLACES = (
    Place("embedded store", ("store/data/**/*",)),
    Place("Collector: queue", ("collector/queue/**/*",)),
    Place("Collector: output", ("collector/*.log",), ours=False),
    Place("services: console output", ("*-service/*.log", "gateway/*.log"), ours=False),
    Place("services: spools", ("*-service/spool/**/*", "gateway/spool/**/*", "kept/spool/**/*")),
    Place("page for Prometheus", ("kept/prometheus.txt",), ours=False),
    Place("exports: traces and logs", ("kept/*.json",), ours=False),
    Place(
        "accounts database",
        ("auth-service/*.sqlite*",),
        frozenset({"e-mail address", "telephone number"}),
        "an account is made of them; passwords and answers are there as argon2 hashes only",
    ),
    Place(
        "broker",
        ("rabbitmq/**/*",),
        frozenset(
            {
                "messages put on the broker: unknown, and malformed",
                "an event handed in by HTTP",
                "e-mail address",
                "payment card",
            }
        ),
        "messages wait there as their senders wrote them: an order with the card to be charged",
        ours=False,
    ),
)


def loose_modes(folder: Path) -> Iterator[str]:
    """Files of ours that others than their owner could open, with their mode."""
    for place in PLACES:
        for path in place.files(folder) if place.ours else ():
            if mode := stat.S_IMODE(path.stat().st_mode) & 0o077:
                yield f"{path.relative_to(folder)} ({mode:03o})"
