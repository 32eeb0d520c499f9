"""Events: what happened, in one vocabulary that people and alert rules can rely on.

Each function writes one OpenTelemetry log event. It is named after the event (`auth.login` is
`auth_login`), takes keywords only, and carries the trace, the request's attributes and the user
like any other record; the scope is the module that calls. A call that does not fit fails type
checks. At run time it never raises: what is missing or wrong is left out, the event is written
with the attribute `otlog.event.problems`, and the process says so on standard error.

    from otel_logging.events import SUCCESS, Failure, auth_login

    auth_login(outcome=SUCCESS, user_name=name, user_id=account.id, audit_record_id=row.id)
    auth_login(outcome=Failure("wrong_password"), user_name=name)

| event | severity |
|---|---|
| `auth.login`, `auth.account.registered`, `auth.token.refreshed`, `auth.password.reset`, `admin.action` | INFO, WARN on failure |
| `auth.logout`, `auth.token.issued`, `auth.token.revoked`, `auth.role.granted`, `auth.role.revoked` | INFO |
| `auth.account.locked` | WARN |
| `auth.token.reuse_detected`, `auth.attack.suspected` | ERROR |
| `event.received`, `event.published` | INFO |
| `event.stage` | INFO, WARN when the stage failed |
| `event.retried` / `event.dead_lettered` | WARN / ERROR |
| `http.server.request.started` | INFO |
| `http.server.request.finished` | INFO, WARN from status 400, ERROR from 500 |

Those of `auth` and `admin` are audit events: no level, and no `disable_existing_loggers`, keeps
them back. Their `audit.record.id` names the row of the audit trail that says the same. Where
such a row is told again after a crash, `At(row.time)` makes it the same record as before.
"""  # noqa: E501 - a table's row is one line

from otel_logging.events.admin import admin_action
from otel_logging.events.auth import (
    auth_account_locked,
    auth_account_registered,
    auth_attack_suspected,
    auth_login,
    auth_logout,
    auth_password_reset,
    auth_role_granted,
    auth_role_revoked,
    auth_token_issued,
    auth_token_refreshed,
    auth_token_reuse_detected,
    auth_token_revoked,
)
from otel_logging.events.fields import Captured, Change, Target
from otel_logging.events.http import http_server_request_finished, http_server_request_started
from otel_logging.events.moment import At
from otel_logging.events.outcome import SUCCESS, Failure, Success
from otel_logging.events.processing import (
    event_dead_lettered,
    event_published,
    event_received,
    event_retried,
    event_stage,
)

__all__ = [
    "SUCCESS",
    "At",
    "Captured",
    "Change",
    "Failure",
    "Success",
    "Target",
    "admin_action",
    "auth_account_locked",
    "auth_account_registered",
    "auth_attack_suspected",
    "auth_login",
    "auth_logout",
    "auth_password_reset",
    "auth_role_granted",
    "auth_role_revoked",
    "auth_token_issued",
    "auth_token_refreshed",
    "auth_token_reuse_detected",
    "auth_token_revoked",
    "event_dead_lettered",
    "event_published",
    "event_received",
    "event_retried",
    "event_stage",
    "http_server_request_finished",
    "http_server_request_started",
]
