"""The table of commands: what each is called, where it lives and what it needs."""

from __future__ import annotations

from dataclasses import dataclass


class CommandError(Exception):
    """A command cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: The word on the command line.
        help: One line for the list of commands.
        extra: The package's extra that it needs; None when the core is enough.
        details: What its own help says beyond that line.
    """

    name: str
    help: str
    extra: str | None = None
    details: str = ""

    @property
    def module(self) -> str:
        """The module with `add_arguments(parser)` and `run(options) -> int`."""
        return f"otel_logging.cli.{self.name.replace('-', '_')}"

    @property
    def description(self) -> str:
        """The text at the head of the command's own help."""
        return f"{self.help[0].upper()}{self.help[1:]}. {self.details}".rstrip()


_TABLE = (
    Command(
        "trace",
        "show one transaction across services, with its log lines",
        extra="store",
        details="The start of a trace ID is enough where only one trace starts so.",
    ),
    Command("traces", "list transactions, newest first", extra="store"),
    Command("logs", "search log records", extra="store"),
    Command("errors", "list errors by service, type and place", extra="store"),
    Command("services", "list services with their counts", extra="store"),
    Command(
        "lens",
        "show logs, transactions, errors and services in a browser",
        extra="lens",
        details="Any address but loopback wants a token: set OTLOG_LENS_TOKEN.",
    ),
    Command(
        "doctor",
        "send a canary with planted secrets through the pipeline and check every step",
        extra="store",
        details="Run it in the environment of a service: it sends as that service does. "
        "Exit codes: 0 whole, 1 a step failed.",
    ),
    Command("store", "run the embedded store: OTLP intake and queries", extra="store"),
    Command("redact", "redact records or text read from standard input or files"),
    Command(
        "levels",
        "list, set and reset the levels of loggers in running services",
        details="Services watch the file that OTLOG_LEVELS_FILE names; every worker follows it.",
    ),
    Command(
        "audit",
        "look for secrets in files, folders, standard input or a running backend",
        details="Tells where each is and by which rule, never what it is. "
        "Exit codes: 0 clean, 1 findings, 2 not all could be searched.",
    ),
    Command(
        "archive",
        "put files away encrypted, check them, bring them back",
        extra="archive",
        details="Encrypted with age to one or more recipients; every file with its SHA-256 sum.",
    ),
    Command(
        "forget",
        "delete one person from stores, spools and archives",
        extra="store,archive",
        details="Stores must be stopped; a running one deletes by DELETE /api/people/USER_ID.",
    ),
    Command(
        "pipeline",
        "test a Collector's configuration: records in, and what has to come out",
        extra="store",
    ),
    Command(
        "capacity",
        "tell what so many records and spans a second need: cores, processes, storage",
        details="CPU from measured costs; processes of Loki and Tempo from sizes that Grafana "
        "documents; storage calculated.",
    ),
    Command("policy", "check, show and test the redaction policy"),
    Command(
        "audit-trail",
        "check that nothing in an audit trail was altered, removed or moved",
        extra="audit-trail",
        details="The last line names the head; note it elsewhere, and give it as --anchor later.",
    ),
)
COMMANDS = {command.name: command for command in _TABLE}
