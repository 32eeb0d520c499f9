"""Names of the attributes that the library writes, each once.

Those without a prefix of ours are OpenTelemetry's semantic conventions
(https://opentelemetry.io/docs/specs/semconv/).
"""

from __future__ import annotations

from typing import Final

SERVICE_NAME: Final = "service.name"

LOG_RECORD_UID: Final = "log.record.uid"
OTEL_EVENT_NAME: Final = "otel.event.name"
EVENT_NAME: Final = "event.name"

CODE_FILE_PATH: Final = "code.file.path"
CODE_FUNCTION_NAME: Final = "code.function.name"
CODE_LINE_NUMBER: Final = "code.line.number"
CODE_STACKTRACE: Final = "code.stacktrace"

EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"

THREAD_NAME: Final = "thread.name"

USER_ID: Final = "user.id"
USER_ROLES: Final = "user.roles"

HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_REQUEST_HEADER_X_REQUEST_ID: Final = "http.request.header.x_request_id"
URL_PATH: Final = "url.path"
CLIENT_ADDRESS: Final = "client.address"
USER_AGENT_ORIGINAL: Final = "user_agent.original"

MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_DESTINATION_NAME: Final = "messaging.destination.name"
MESSAGING_OPERATION_NAME: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_MESSAGE_ID: Final = "messaging.message.id"
MESSAGING_MESSAGE_CONVERSATION_ID: Final = "messaging.message.conversation_id"
MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY: Final = "messaging.rabbitmq.destination.routing_key"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"

PYTHON_TASK_NAME: Final = "python.task.name"
OTLOG_FORMAT_ERROR: Final = "otlog.format.error"
OTLOG_FORMAT_ARGUMENTS: Final = "otlog.format.arguments"

EVENT_LOG_DROPPED: Final = "otlog.log.dropped"
METRIC_LOG_RECORDS: Final = "otlog.log.records"
METRIC_LOG_DROPPED: Final = "otlog.log.dropped"
METRIC_LOG_QUEUE_SIZE: Final = "otlog.log.queue.size"
METRIC_SPAN_DROPPED: Final = "otlog.span.dropped"
METRIC_SELF_ERRORS: Final = "otlog.self.errors"
