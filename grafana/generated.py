"""The files that are provisioned, each with the text that it must have."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana import dashboards, document, sources

ROOT = Path(__file__).resolve().parents[1]
PROVISIONING = ROOT / "grafana" / "provisioning"
PAGE = ROOT / "docs" / "dashboards.md"
MOUNTED = "/etc/grafana/provisioning"
"""Where docker-compose.yml mounts that folder."""

HEAD = "# Written by `python -m grafana`. A `$` that Grafana is to see is written `$$` here.\n"
FOLDERS = {"operations": "Operations", "audit": "Audit"}


def files() -> dict[Path, str]:
    """Each generated file with its text."""
    boards = {
        **_dashboards("operations", dashboards.OPERATIONS),
        **_dashboards("audit", dashboards.AUDIT),
    }
    return {
        _sources_file("datasources"): _sources(sources.OPERATIONS),
        _sources_file("audit"): _sources(sources.AUDIT),
        PROVISIONING / "dashboards" / "dashboards.yaml": _providers(),
        **{path: _json(board) for path, board in boards.items()},
        PAGE: document.page(PAGE.read_text("utf-8"), boards.values()),
    }


def stale() -> list[Path]:
    """The files that are missing or say something else, and dashboards that are no longer made."""
    wanted = files()
    changed = [path for path, text in wanted.items() if not _says(path, text)]
    found = (PROVISIONING / "dashboards").glob("*/*.json")
    return [*changed, *(path for path in found if path not in wanted)]


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _sources_file(name: str) -> Path:
    return PROVISIONING / "datasources" / f"{name}.yaml"


def _sources(of: Sequence[sources.Source]) -> str:
    entries = [source.provisioned() for source in of]
    entries[0]["isDefault"] = of is sources.OPERATIONS
    return _yaml({"apiVersion": 1, "prune": True, "datasources": entries})


def _providers() -> str:
    providers = [
        {
            "name": folder,
            "folder": title,
            "type": "file",
            "disableDeletion": True,
            "allowUiUpdates": False,
            "options": {"path": f"{MOUNTED}/dashboards/{folder}"},
        }
        for folder, title in FOLDERS.items()
    ]
    return _yaml({"apiVersion": 1, "providers": providers})


def _dashboards(folder: str, of: Sequence[Callable[[], Dashboard]]) -> dict[Path, Any]:
    under = PROVISIONING / "dashboards" / folder
    built = [json.loads(json.dumps(make().build(), cls=JSONEncoder)) for make in of]
    return {under / f"{one['uid']}.json": one for one in built}


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _yaml(content: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    return HEAD + text.replace("$", "$$")
