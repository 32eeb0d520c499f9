"""What is provisioned is what the code says, and valid by the models of the pinned SDK."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import generated
from grafana.__main__ import main
from tests.grafana.asked import dashboards, sources

BOARDS = dashboards()


def through_the_models(board: dict[str, Any]) -> Any:
    """A dashboard read into the SDK's models and written again."""
    register_default_plugins()
    return json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))


def test_every_file_is_what_the_code_writes() -> None:
    """No file is stale, missing or left over; if one is: `make generate`."""
    assert generated.stale() == []


def test_a_changed_file_is_stale_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails on a file edited by hand or left over, and the command puts both right."""
    monkeypatch.setattr(generated, "PROVISIONING", tmp_path)
    monkeypatch.setattr("grafana.__main__.ROOT", tmp_path)
    assert main([]) == 0
    edited = tmp_path / "dashboards" / "operations" / "errors.json"
    edited.write_text(edited.read_text().replace("ERROR", "WARN"))
    left_over = edited.with_name("old.json")
    left_over.write_text("{}")
    capsys.readouterr()

    assert main(["--check"]) == 1
    said = capsys.readouterr().err
    assert "operations/errors.json is stale" in said
    assert "operations/old.json is stale" in said
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert not left_over.exists()


@pytest.mark.parametrize("uid", BOARDS)
def test_dashboard_is_valid_by_the_models(uid: str) -> None:
    """Nothing in it is unknown to the SDK's models, so that reading and writing change nothing."""
    assert through_the_models(BOARDS[uid]) == BOARDS[uid]


def test_the_models_refuse_what_they_do_not_know() -> None:
    """A misspelt option of a panel and of a query would be seen."""
    board = json.loads(json.dumps(BOARDS["errors"]))
    panel = next(one for one in board["panels"] if one["type"] == "timeseries")
    panel["targets"][0]["legend"] = panel["descripton"] = "misspelt"

    assert through_the_models(board) == BOARDS["errors"]


@pytest.mark.parametrize("uid", BOARDS)
def test_panels_lie_beside_each_other(uid: str) -> None:
    """No panel covers another, and each lies within the 24 columns."""
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[uid]["panels"]:
        x, y, w, h = (panel["gridPos"][side] for side in "xywh")
        cells = {(x + right, y + down) for right in range(w) for down in range(h)}
        assert math.prod((w, h)) == len(cells)
        assert x + w <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_sources_have_one_default_and_a_tenant_each() -> None:
    """Lines are Loki's by default, and each of its sources names its tenant."""
    found = sources()

    assert [uid for uid, one in found.items() if one.get("isDefault")] == ["loki"]
    tenants = {
        uid: one["secureJsonData"]["httpHeaderValue1"]
        for uid, one in found.items()
        if one["type"] == "loki"
    }
    assert tenants == {"loki": "main", "loki-audit": "audit"}


def test_providers_read_the_folders_of_the_dashboards() -> None:
    """Each folder of dashboards has its provider, and none can be changed in the browser."""
    file = generated.PROVISIONING / "dashboards" / "dashboards.yaml"
    providers = generated.yaml.safe_load(file.read_text())["providers"]
    folders = {one.parent.name for one in (generated.PROVISIONING / "dashboards").glob("*/*.json")}

    assert {one["options"]["path"] for one in providers} == {
        f"{generated.MOUNTED}/dashboards/{folder}" for folder in folders
    }
    assert not any(one["allowUiUpdates"] for one in providers)
