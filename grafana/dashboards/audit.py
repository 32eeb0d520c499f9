"""Authentication and audit: who came in, who tried, and who changed what."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import board
from grafana.panels import About, AnyPanel, Column, log_lines, number, rows, stacked
from grafana.sources import LOKI_AUDIT
from grafana.targets import lines, logql, logql_now
from grafana.variables import service_with_lines, text

EVENTS = (
    r'{service_name=~"$service"} | event_name=~`(auth|admin|otlog\.levels)\..+`'
    " | client_address=~`${address:regex}.*`"
    " | user_id=~`${user:regex}.*` or auth_target_user_id=~`${user:regex}.+`"
    " or admin_target_id=~`${user:regex}.+`"
)


def audit() -> Dashboard:
    """What security officers look at."""
    return board(
        "authentication",
        "Authentication and audit",
        "Who logged in or tried to, what happened to tokens and roles, and who did what to whom?",
        [
            service_with_lines(LOKI_AUDIT),
            text("user", "User ID", "Who acted, or was acted on."),
            text("address", "Client address", "The first characters of the caller's address."),
        ],
        [*_numbers(), *_attempts(), *_changes()],
    )


def of(*names: str) -> str:
    """LogQL for the audit events of these names."""
    return f"{EVENTS} | event_name=~`({'|'.join(names)})`"


def count(by: Sequence[str], query: str, window: str = "$__range") -> str:
    """LogQL that counts lines by labels."""
    return f"sum by ({', '.join(by)}) (count_over_time({query} [{window}]))"


def _numbers() -> list[AnyPanel]:
    told = {
        "Attacks suspected": (
            "Too many failures from one address, or on one account.",
            "auth.attack.suspected",
        ),
        "Accounts locked": ("After repeated failures.", "auth.account.locked"),
        "Tokens used twice": (
            "A refresh token that had been rotated was presented again: it was copied.",
            "auth.token.reuse_detected",
        ),
        "Roles changed": ("Granted or revoked.", r"auth.role\..+"),
    }
    return [
        number(
            About(title, f"{description} In the time range.", "short", width=6, height=4),
            logql_now(f"sum(count_over_time({of(name)} [$__range]))", LOKI_AUDIT),
            alert_above=1,
        )
        for title, (description, name) in told.items()
    ]


def _attempts() -> list[AnyPanel]:
    failed = f'{of("auth.login")} | event_outcome="failure"'
    by = ("client_address", "user_name", "error_type")
    return [
        stacked(
            About("Logins", "Attempts by outcome and by what was wrong with them.", "short"),
            logql(
                count(("event_outcome", "error_type"), of("auth.login"), "$__interval"),
                "{{event_outcome}} {{error_type}}",
                LOKI_AUDIT,
            ),
        ),
        rows(
            About(
                "Failed logins",
                "By address and the name that was given. One address with many names, or many "
                "addresses with one, is an attack.",
                "short",
            ),
            {
                "client_address": Column("Address"),
                "user_name": Column("Name given"),
                "error_type": Column("Why"),
                "Value #A": Column("Attempts"),
            },
            logql_now(f"topk(50, {count(by, failed)})", LOKI_AUDIT),
        ),
        stacked(
            About("Tokens", "Issued, refreshed, revoked and presented again, by kind.", "short"),
            logql(
                count(("event_name", "auth_token_type"), of(r"auth\.token\..+"), "$__interval"),
                "{{event_name}} {{auth_token_type}}",
                LOKI_AUDIT,
            ),
        ),
        stacked(
            About("Audit events", "All of them by name: a gap is a trail that stopped.", "short"),
            logql(count(("event_name",), EVENTS, "$__interval"), "{{event_name}}", LOKI_AUDIT),
        ),
    ]


def _changes() -> list[AnyPanel]:
    return [
        log_lines(
            About(
                "Administration",
                "Roles granted and revoked, and what administrators did, to whom, with what was "
                "before and after in each line's details.",
                height=14,
            ),
            lines(of(r"admin\..+", r"auth\.role\..+", r"otlog\.levels\..+"), LOKI_AUDIT),
        ),
        log_lines(
            About(
                "Trail",
                "Every audit event of the user and the address chosen above, newest first.",
                height=14,
            ),
            lines(EVENTS, LOKI_AUDIT),
        ),
    ]
