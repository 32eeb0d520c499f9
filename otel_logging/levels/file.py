"""The file of level changes that every worker of every service watches.

    levels:
      - {service: gateway, logger: shop.orders, level: DEBUG, until: 2026-05-01T12:00:00Z,
         who: mia, why: looking into refused charges}

YAML, or JSON, which is YAML too. All but `level` may be left out: without `service` it is for
all, without `logger` for the root logger, without `until` it stays.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import yaml

from otel_logging.settings import parse_level

DEFAULT: Final = "DEFAULT"
"""In place of a level: back to what the service started with."""


class LevelsFileError(ValueError):
    """The file cannot be used.

    Attributes:
        file: The file.
        line: Where, counted from 1.
        reason: What is wrong, and what is expected.
    """

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One change of a level.

    Attributes:
        level: A name such as `DEBUG`, a number as text, or `DEFAULT`.
        logger: Name of the logger; empty for the root logger.
        service: `service.name` of the service that it is for; None for all.
        until: When it ends by itself.
        who: Who asked for it.
        why: What for.
    """

    level: str
    logger: str = ""
    service: str | None = None
    until: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    who: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse a level that is none.

        Raises:
            ValueError: The level is not known.
        """
        if self.level != DEFAULT:
            parse_level(self.level)

    def concerns(self, service: str | None, logger: str) -> bool:
        """Tell whether this is a change for exactly this service (None: all) and logger."""
        return (self.service, self.logger) == (service, logger)


def read(path: Path) -> list[Change]:
    """Return the changes in a file; none where there is no file.

    Raises:
        LevelsFileError: The file cannot be read, or an entry is wrong.
    """
    try:
        return [_change(path, node) for node in _entries(path)]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise LevelsFileError(path, 1, f"cannot be read: {type(error).__name__}") from error
    except RecursionError as error:
        raise LevelsFileError(path, 1, "is nested too deeply, or an alias is endless") from error


def in_force(changes: Iterable[Change], service: str, now: dt.datetime) -> dict[str, Change]:
    """Return what holds for a service, by logger: its own before those for all, then the last."""
    current = [one for one in changes if one.until is None or one.until > now]
    general = {one.logger: one for one in current if one.service is None}
    own = {one.logger: one for one in current if one.service == service}
    return {**general, **own}


@contextlib.contextmanager
def editing(path: Path) -> Iterator[list[Change]]:
    """Change a file as a whole: what the block leaves in the list replaces the content.

    Others that edit wait; those who watch see the old or the new content, never half of it.

    Raises:
        LevelsFileError: The present content is wrong.
        OSError: The file cannot be written.
    """
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        changes = read(path)
        yield changes
        _replace(path, _text(path, changes))


def _entries(path: Path) -> list[yaml.Node]:
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LevelsFileError(path, line, error.problem or "is no YAML") from error
    except yaml.YAMLError as error:
        raise LevelsFileError(path, 1, "is no YAML") from error
    if root is None:
        return []
    if isinstance(root, yaml.MappingNode) and [key.value for key, _ in root.value] == ["levels"]:
        entries = root.value[0][1]
        if isinstance(entries, yaml.SequenceNode):
            return list(entries.value)
    raise LevelsFileError(path, root.start_mark.line + 1, "expected `levels:` and a list")


def _change(path: Path, node: yaml.Node) -> Change:
    try:
        return msgspec.convert(_plain(node), Change)
    except (ValueError, yaml.YAMLError) as error:
        raise LevelsFileError(path, node.start_mark.line + 1, str(error)) from error


def _plain(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _text(path: Path, changes: list[Change]) -> str:
    plain = {"levels": msgspec.to_builtins(changes)}
    if path.suffix == ".json":
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            new.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
