"""The files that follow from the catalogue entries and the installation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import yaml

from alerting import catalogue, installation
from alerting.catalogue import ROOT, Entry
from alerting.groups import rule_files
from alerting.installation import Installation
from alerting.overlay import overlay
from alerting.pace import Pace
from alerting.routes import configuration

FOLDER = ROOT / "alerting"
HEAD = (
    "# Generated from services/*/catalogue.yaml and alerting/installation.yaml: `make generate`.\n"
)
OVERLAY_HEAD = """\
# Adds: counts of error records by exception type, of failed calls by address, and of the
# patterns that the services' catalogue entries name, for the rules in alerting/rules.
# Needs: an overlay that takes logs and traces, and overlay prometheus or loki-tempo for the page.
"""


@dataclass(frozen=True)
class Sources:
    """What everything is made from.

    Attributes:
        entries: of all services.
        installation: where it runs.
        pace: how long things take.
    """

    entries: Sequence[Entry]
    installation: Installation
    pace: Pace = field(default_factory=Pace)

    @classmethod
    def read(cls, services: Path = catalogue.SERVICES, pace: Pace | None = None) -> Sources:
        """Read all of it.

        Raises:
            CatalogueError: when something is missing or wrong.
        """
        entries, place = catalogue.load(services), installation.load()
        installation.check(place, entries)
        return cls(entries, place, pace or Pace())


def files(
    sources: Sources, folder: Path = FOLDER, collector: Path | None = None
) -> dict[Path, str]:
    """Return each generated file with the text that it must have."""
    rules = rule_files(sources.entries, sources.installation, sources.pace)
    overlays = collector or ROOT / "collector" / "overlays"
    return {
        **{folder / "rules" / name: _yaml(content) for name, content in rules.items()},
        folder / "alertmanager.yaml": _yaml(
            configuration(sources.entries, sources.installation, sources.pace)
        ),
        overlays / "alerts.yaml": HEAD + OVERLAY_HEAD + _plain(overlay(sources.entries)),
        folder / "catalogue.schema.json": _schema(Entry),
        folder / "installation.schema.json": _schema(Installation),
    }


def stale(wanted: Mapping[Path, str]) -> list[Path]:
    """Return the files that are missing, say something else, or are rules of nobody."""
    there = {path for file in wanted for path in file.parent.glob("*.rules.yaml")}
    return [
        *(
            path
            for path, text in wanted.items()
            if not path.is_file() or path.read_text("utf-8") != text
        ),
        *sorted(there - wanted.keys()),
    ]


def write(wanted: Mapping[Path, str]) -> list[Path]:
    """Write what is stale, remove rules of nobody; return what changed."""
    changed = stale(wanted)
    for path in changed:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return changed


def _yaml(content: Any) -> str:
    return HEAD + _plain(content)


def _plain(content: Any) -> str:
    return yaml.dump(content, Dumper=_Plain, sort_keys=False, width=200, allow_unicode=True)


def _schema(kind: type) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(kind),
    }
    return json.dumps(schema, indent=2) + "\n"


class _Plain(yaml.SafeDumper):
    """Writes everything in full: anchors make generated files hard to read."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True
