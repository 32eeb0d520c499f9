"""Names of the attributes, events and metrics that the library and the services write.

Generated from docs/attributes.yaml by `python -m registry`; docs/attributes.md says what each
means. Those without a prefix of ours are OpenTelemetry's semantic conventions
(https://opentelemetry.io/docs/specs/semconv/).
"""

# ruff: noqa: S105 - names of attributes, no secrets
from __future__ import annotations

from typing import Final

SERVICE_NAME: Final = "service.name"

LOG_RECORD_UID: Final = "log.record.uid"

OTLOG_CANARY_ID: Final = "otlog.canary.id"

THREAD_NAME: Final = "thread.name"

PYTHON_TASK_NAME: Final = "python.task.name"

CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"
CODE_STACKTRACE: Final = "code.stacktrace"

EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
EXCEPTION_ESCAPED: Final = "exception.escaped"

ERROR_TYPE: Final = "error.type"

USER_ID: Final = "user.id"
USER_ROLES: Final = "user.roles"
USER_NAME: Final = "user.name"

HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_REQUEST_BODY_SIZE: Final = "http.request.body.size"
HTTP_REQUEST_BODY_CONTENT: Final = "http.request.body.content"
HTTP_REQUEST_BODY_TRUNCATED: Final = "http.request.body.truncated"
HTTP_RESPONSE_BODY_SIZE: Final = "http.response.body.size"
HTTP_RESPONSE_BODY_CONTENT: Final = "http.response.body.content"
HTTP_RESPONSE_BODY_TRUNCATED: Final = "http.response.body.truncated"
HTTP_SERVER_REQUEST_DURATION: Final = "http.server.request.duration"
HTTP_REQUEST_HEADER_X_REQUEST_ID: Final = "http.request.header.x-request-id"

URL_PATH: Final = "url.path"
URL_QUERY: Final = "url.query"

CLIENT_ADDRESS: Final = "client.address"

USER_AGENT_ORIGINAL: Final = "user_agent.original"

SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"

SERVICE_PEER_NAME: Final = "service.peer.name"

GATEWAY_ERROR_CLASS: Final = "gateway.error.class"

MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_DESTINATION_NAME: Final = "messaging.destination.name"
MESSAGING_DESTINATION_ANONYMOUS: Final = "messaging.destination.anonymous"
MESSAGING_OPERATION_NAME: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_MESSAGE_ID: Final = "messaging.message.id"
MESSAGING_MESSAGE_CONVERSATION_ID: Final = "messaging.message.conversation_id"
MESSAGING_MESSAGE_BODY_SIZE: Final = "messaging.message.body.size"
MESSAGING_BATCH_MESSAGE_COUNT: Final = "messaging.batch.message_count"
MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY: Final = "messaging.rabbitmq.destination.routing_key"
MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG: Final = "messaging.rabbitmq.message.delivery_tag"

RPC_SYSTEM_NAME: Final = "rpc.system.name"
RPC_METHOD: Final = "rpc.method"

OTEL_EVENT_NAME: Final = "otel.event.name"

EVENT_NAME: Final = "event.name"
EVENT_OUTCOME: Final = "event.outcome"

AUDIT_RECORD_ID: Final = "audit.record.id"
AUDIT_COUNT: Final = "audit.count"

EVENT_ID: Final = "event.id"
EVENT_TYPE: Final = "event.type"
EVENT_SOURCE: Final = "event.source"
EVENT_TIME: Final = "event.time"
EVENT_SIZE: Final = "event.size"
EVENT_SUMMARY: Final = "event.summary"
EVENT_STAGE_NAME: Final = "event.stage.name"
EVENT_STAGE_STATE: Final = "event.stage.state"
EVENT_STAGE_STEP: Final = "event.stage.step"
EVENT_ATTEMPT: Final = "event.attempt"
EVENT_RETRY_DELAY: Final = "event.retry.delay"
EVENT_ERRORS: Final = "event.errors"

ORDER: Final = "order"
ORDER_ID: Final = "order.id"
ORDER_STATUS: Final = "order.status"

AUTH_TARGET_USER_ID: Final = "auth.target.user.id"
AUTH_LOGIN_METHOD: Final = "auth.login.method"
AUTH_LOCK_EXPIRES_AT: Final = "auth.lock.expires_at"
AUTH_FAILURE_COUNT: Final = "auth.failure.count"
AUTH_TOKEN_TYPE: Final = "auth.token.type"
AUTH_TOKEN_ID: Final = "auth.token.id"
AUTH_TOKEN_EXPIRES_AT: Final = "auth.token.expires_at"
AUTH_REVOCATION_REASON: Final = "auth.revocation.reason"
AUTH_ROLE_NAME: Final = "auth.role.name"
AUTH_ATTACK_TYPE: Final = "auth.attack.type"
AUTH_ATTACK_WINDOW: Final = "auth.attack.window"

ADMIN_ACTION_NAME: Final = "admin.action.name"
ADMIN_TARGET_TYPE: Final = "admin.target.type"
ADMIN_TARGET_ID: Final = "admin.target.id"
ADMIN_CHANGE_BEFORE: Final = "admin.change.before"
ADMIN_CHANGE_AFTER: Final = "admin.change.after"

OTLOG_FORMAT_ERROR: Final = "otlog.format.error"
OTLOG_FORMAT_ARGUMENTS: Final = "otlog.format.arguments"
OTLOG_EVENT_PROBLEMS: Final = "otlog.event.problems"
OTLOG_LOG_DROPPED: Final = "otlog.log.dropped"
OTLOG_LOG_EXPORTED: Final = "otlog.log.exported"
OTLOG_LEVELS_LOGGER: Final = "otlog.levels.logger"
OTLOG_LEVELS_BEFORE: Final = "otlog.levels.before"
OTLOG_LEVELS_AFTER: Final = "otlog.levels.after"
OTLOG_LEVELS_EXPIRES_AT: Final = "otlog.levels.expires_at"
OTLOG_LEVELS_REASON: Final = "otlog.levels.reason"

SEVERITY: Final = "severity"

CPU_MODE: Final = "cpu.mode"

REASON: Final = "reason"

KIND: Final = "kind"

RULE: Final = "rule"

VERSION: Final = "version"

RESULT: Final = "result"

EVENT_AUTH_LOGIN: Final = "auth.login"
EVENT_AUTH_LOGOUT: Final = "auth.logout"
EVENT_AUTH_ACCOUNT_REGISTERED: Final = "auth.account.registered"
EVENT_AUTH_ACCOUNT_LOCKED: Final = "auth.account.locked"
EVENT_AUTH_TOKEN_ISSUED: Final = "auth.token.issued"
EVENT_AUTH_TOKEN_REFRESHED: Final = "auth.token.refreshed"
EVENT_AUTH_TOKEN_REVOKED: Final = "auth.token.revoked"
EVENT_AUTH_TOKEN_REUSE_DETECTED: Final = "auth.token.reuse_detected"
EVENT_AUTH_ROLE_GRANTED: Final = "auth.role.granted"
EVENT_AUTH_ROLE_REVOKED: Final = "auth.role.revoked"
EVENT_AUTH_PASSWORD_RESET: Final = "auth.password.reset"
EVENT_AUTH_ATTACK_SUSPECTED: Final = "auth.attack.suspected"
EVENT_ADMIN_ACTION: Final = "admin.action"
EVENT_EVENT_RECEIVED: Final = "event.received"
EVENT_EVENT_STAGE: Final = "event.stage"
EVENT_EVENT_PUBLISHED: Final = "event.published"
EVENT_EVENT_RETRIED: Final = "event.retried"
EVENT_EVENT_DEAD_LETTERED: Final = "event.dead_lettered"
EVENT_HTTP_SERVER_REQUEST_STARTED: Final = "http.server.request.started"
EVENT_HTTP_SERVER_REQUEST_FINISHED: Final = "http.server.request.finished"
EVENT_LOG_DROPPED: Final = "otlog.log.dropped"
EVENT_LEVELS_CHANGED: Final = "otlog.levels.changed"
EVENT_LEVELS_REQUEST_DEBUG: Final = "otlog.levels.request_debug"

METRIC_LOG_RECORDS: Final = "otlog.log.records"
METRIC_LOG_DROPPED: Final = "otlog.log.dropped"
METRIC_LOG_QUEUE_SIZE: Final = "otlog.log.queue.size"
METRIC_HEARTBEAT: Final = "otlog.heartbeat"
METRIC_SPAN_DROPPED: Final = "otlog.span.dropped"
METRIC_SELF_ERRORS: Final = "otlog.self.errors"
METRIC_REDACTION_REDACTIONS: Final = "otlog.redaction.redactions"
METRIC_REDACTION_FAILURES: Final = "otlog.redaction.failures"
METRIC_REDACTION_POLICY_INFO: Final = "otlog.redaction.policy.info"
METRIC_REDACTION_POLICY_RELOADS: Final = "otlog.redaction.policy.reloads"
METRIC_DOCTOR_CANARY: Final = "otlog.doctor.canary"
METRIC_MESSAGING_CLIENT_SENT_MESSAGES: Final = "messaging.client.sent.messages"
METRIC_MESSAGING_CLIENT_CONSUMED_MESSAGES: Final = "messaging.client.consumed.messages"
METRIC_MESSAGING_CLIENT_OPERATION_DURATION: Final = "messaging.client.operation.duration"
METRIC_MESSAGING_PROCESS_DURATION: Final = "messaging.process.duration"
METRIC_EVENT_QUEUE_LENGTH: Final = "event.queue.length"
METRIC_EVENT_QUEUE_WAIT: Final = "event.queue.wait"
METRIC_EVENT_CONSUMER_LAG: Final = "event.consumer.lag"
METRIC_EVENT_PROCESSED: Final = "event.processed"
METRIC_EVENT_BATCH_SIZE: Final = "event.batch.size"
METRIC_EVENT_BATCH_DURATION: Final = "event.batch.duration"
METRIC_PROCESS_CPU_TIME: Final = "process.cpu.time"
METRIC_PROCESS_MEMORY_USAGE: Final = "process.memory.usage"
