"""Catalogue entries: accepted by their schema, refused with file and reason when wrong."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from alerting import installation
from alerting.__main__ import main
from alerting.catalogue import SERVICES, CatalogueError, Entry, load, read
from alerting.generated import FOLDER, Sources, files, stale, write
from alerting.kinds import service_rules
from alerting.pace import Pace

ENTRY = """
service: price-service
description: Tells what things cost
team: storefront
importance: low
hours: {time_zone: Europe/Berlin}
receivers: {email: [platform]}
"""


def put(folder: Path, text: str) -> Path:
    """An entry in the folder of its service."""
    file = folder / "price_service" / "catalogue.yaml"
    file.parent.mkdir()
    file.write_text(text)
    return file


@pytest.mark.parametrize("name", ["catalogue", "installation"])
def test_files_keep_to_their_schema(name: str) -> None:
    """What the repository has is valid by the JSON Schema that editors get."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text())
    there = list(SERVICES.glob("*/catalogue.yaml")) if name == "catalogue" else [installation.FILE]

    assert there
    for file in there:
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    [
        ("importance: low", "importance: vital", "Invalid enum value 'vital'"),
        ("team: storefront", "team: storefront\nowner: me", "unknown field `owner`"),
        ("team: storefront", "", "missing required field `team`"),
        ("Europe/Berlin}", "Europe/Bonn}", "time_zone 'Europe/Bonn' is unknown"),
        ("hours: {", 'hours: {start: "18:00", end: "09:00", ', "hours end at 09:00, before"),
        ("hours: {", 'hours: {start: "9 am", ', "does not match|matching regex"),
        ("service: price-service", "service: prices", "its folder is 'price_service'"),
        ("receivers:", "thresholds: {latency: 0}\nreceivers:", "`float` > 0"),
        (
            "receivers:",
            'patterns: [{name: a, regex: "(", meaning: x}]\nreceivers:',
            "pattern a: '\\(' is no RE2",
        ),
        ("team: storefront", "team: [", "catalogue.yaml"),
    ],
)
def test_wrong_entry_is_refused(tmp_path: Path, line: str, instead: str, reason: str) -> None:
    """By file and reason."""
    assert line in ENTRY
    file = put(tmp_path, ENTRY.replace(line, instead))

    with pytest.raises(CatalogueError, match=reason) as refused:
        read(file)
    assert str(file) in str(refused.value)


def test_service_without_an_entry_is_refused(tmp_path: Path) -> None:
    """A folder with an application and no entry has no owner, and so no alerts."""
    (tmp_path / "orphan").mkdir()
    (tmp_path / "orphan" / "app.py").touch()

    with pytest.raises(CatalogueError, match=r"orphan/catalogue.yaml: is missing"):
        load(tmp_path)


def test_unknown_receiver_group_is_refused(tmp_path: Path) -> None:
    """A message to nobody is noticed before it is sent."""
    entry = read(put(tmp_path, ENTRY.replace("[platform]", "[nobody]")))

    with pytest.raises(CatalogueError, match="receiver group 'nobody' is unknown: use one of"):
        installation.check(installation.load(), [entry])


def test_warnings_that_wait_last_until_the_hours_begin(tmp_path: Path) -> None:
    """Of a service of low importance, and of no other; critical alerts never wait."""
    entry = read(put(tmp_path, ENTRY))
    high = Entry(**{name: getattr(entry, name) for name in ("service", "description", "team")},
                 importance="high", hours=entry.hours, receivers=entry.receivers)  # fmt: skip

    for one, kept in ((entry, {"warning": "64h"}), (high, {"warning": None})):
        for rule in service_rules(one, Pace()):
            made = rule.written(one, installation.load(), Pace())
            if rule.severity in kept:
                assert made.get("keep_firing_for") == kept[rule.severity]
            else:
                assert made.get("keep_firing_for") in {None, "2m"}


def test_stale_files_are_told_and_mended(tmp_path: Path) -> None:
    """A file that says something else, one that is missing, and rules of a service that left."""
    wanted = files(Sources.read(), tmp_path / "alerting", tmp_path / "overlays")
    write(wanted)
    assert stale(wanted) == []
    edited = tmp_path / "alerting" / "alertmanager.yaml"
    left = tmp_path / "alerting" / "rules" / "left.rules.yaml"
    edited.write_text("by hand")
    left.write_text("groups: []")
    (tmp_path / "overlays" / "alerts.yaml").unlink()

    assert set(write(wanted)) == {edited, left, tmp_path / "overlays" / "alerts.yaml"}
    assert not left.exists()
    assert stale(wanted) == []


def test_committed_files_are_not_stale(capsys: pytest.CaptureFixture[str]) -> None:
    """What is in the repository follows from its sources."""
    assert main(["--check"]) == 0, capsys.readouterr().err
