"""The file of level changes: what it says, what is refused, how it is edited."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path

import pytest

from otel_logging.levels.file import Change, LevelsFileError, editing, in_force, read

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    """JSON is YAML too; all but the level may be left out."""
    (tmp_path / "a.yaml").write_text(
        "levels:\n  - {level: debug, logger: shop, until: 2026-05-01T12:00:00Z, who: mia}\n"
    )
    entry = {"level": "debug", "logger": "shop", "until": "2026-05-01T12:00:00Z", "who": "mia"}
    (tmp_path / "a.json").write_text(json.dumps({"levels": [entry]}))

    expected = [Change("debug", "shop", until=NOON, who="mia")]
    assert read(tmp_path / "a.yaml") == expected
    assert read(tmp_path / "a.json") == expected


@pytest.mark.parametrize("text", ["", "levels: []\n", None])
def test_no_file_and_an_empty_one_change_nothing(tmp_path: Path, text: str | None) -> None:
    """A file may come later."""
    path = tmp_path / "levels.yaml"
    if text is not None:
        path.write_text(text)

    assert read(path) == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("levels:\n  - level: LOUD\n", 2, "expected one of TRACE"),
        ("levels:\n  - level: INFO\n  - level: INFO\n    loger: x\n", 3, "unknown field `loger`"),
        ("levels:\n  - logger: x\n", 2, "missing required field `level`"),
        ("levels:\n  - {level: INFO, until: 2026-05-01T12:00:00}\n", 2, "timezone"),
        ("levels:\n  - [\n", 3, "expected the node content"),
        ("other: []\n", 1, "expected `levels:` and a list"),
        ("levels: 7\n", 1, "expected `levels:` and a list"),
        ("levels:\n  - !!python/object:os.system {}\n", 2, "could not determine a constructor"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    """The error says where and why."""
    path = tmp_path / "levels.yaml"
    path.write_text(text)

    with pytest.raises(LevelsFileError, match=reason) as caught:
        read(path)

    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_the_services_own_change_wins_and_what_is_over_does_not_count() -> None:
    """Own before all, later before earlier, and nothing after its end."""
    changes = [
        Change("DEBUG", "a"),
        Change("ERROR", "a", service="gateway"),
        Change("TRACE", "a"),
        Change("DEBUG", "b", service="other"),
        Change("DEBUG", "c", until=NOON),
        Change("DEBUG", "d", until=NOON + dt.timedelta(seconds=1)),
    ]

    found = {name: one.level for name, one in in_force(changes, "gateway", NOON).items()}

    assert found == {"a": "ERROR", "d": "DEBUG"}


@pytest.mark.parametrize("name", ["levels.yaml", "levels.json"])
def test_what_is_edited_can_be_read_and_keeps_its_mode(tmp_path: Path, name: str) -> None:
    """Each form survives being written."""
    path = tmp_path / name
    path.write_text("")
    path.chmod(0o640)
    change = Change("DEBUG", "shop", service="gateway", until=NOON, who="mia", why="가격: 'x'")

    with editing(path) as changes:
        changes.append(change)

    assert read(path) == [change]
    assert path.stat().st_mode & 0o777 == 0o640


def test_those_who_edit_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each edit starts from what the one before left."""
    path = tmp_path / "levels.yaml"

    def add(number: int) -> None:
        with editing(path) as changes:
            changes.append(Change("DEBUG", f"shop.{number}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.logger for one in read(path)} == {f"shop.{number}" for number in range(20)}
