"""What holds for the whole installation: where messages go out, and where links lead."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import yaml

from alerting.catalogue import CatalogueError, Closed, Entry

FILE = Path(__file__).resolve().parent / "installation.yaml"


class Mail(Closed, frozen=True):
    """The SMTP server.

    Attributes:
        smarthost: host and port.
        sender: address of the sender.
        username: account; empty where the server asks for none.
        require_tls: whether STARTTLS is insisted on.
    """

    smarthost: str
    sender: str
    username: str = ""
    require_tls: bool = True


class Secrets(Closed, frozen=True):
    """Files, as Alertmanager sees them, that hold what no configuration may hold.

    Attributes:
        slack_url: the incoming webhook.
        mail_password: password of the SMTP account.
    """

    slack_url: str
    mail_password: str


class Installation(Closed, frozen=True):
    """One installation.

    Attributes:
        grafana: base URL.
        repository: base URL under which the files of this repository can be read.
        mail: how e-mail goes out.
        secrets: where the secrets are.
        groups: addresses of each receiver group.
        platform: who owns the pipeline itself, and stands in where an alert names no service.
        watchdog: URL that is called every minute while alerting works; none where nobody listens.
    """

    grafana: str
    repository: str
    mail: Mail
    secrets: Secrets
    groups: dict[str, tuple[str, ...]]
    platform: Entry
    watchdog: str = ""


def load(file: Path = FILE) -> Installation:
    """Return the installation in a file.

    Raises:
        CatalogueError: when it is missing or wrong.
    """
    try:
        return msgspec.convert(yaml.safe_load(file.read_text("utf-8")), Installation)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{file}: {error}") from None


def check(installation: Installation, entries: Iterable[Entry]) -> None:
    """Check that every receiver group is known and no service is there twice.

    Raises:
        CatalogueError: when one is not.
    """
    names: set[str] = set()
    for entry in (installation.platform, *entries):
        for group in entry.receivers.email:
            if group not in installation.groups:
                known = ", ".join(sorted(installation.groups))
                raise CatalogueError(
                    f"{entry.service}: receiver group {group!r} is unknown: use one of {known}, "
                    f"or add it to alerting/{FILE.name}"
                )
        if entry.service in names:
            raise CatalogueError(f"{entry.service} has two entries: rename one")
        names.add(entry.service)
