"""What the registry has and the run of the scenario does not bring about: which test does."""

from __future__ import annotations

BY_TEST = {
    "doctor/test_whole.py": ("otlog.canary.id", "otlog.doctor.canary"),
    "integrations/grpc/test_aio.py": ("rpc.method", "rpc.system.name"),
    "launcher/test_levels.py": (
        "otlog.levels.after",
        "otlog.levels.before",
        "otlog.levels.changed",
        "otlog.levels.expires_at",
        "otlog.levels.logger",
        "otlog.levels.reason",
    ),
    "integrations/fastapi/test_debug.py": ("otlog.levels.request_debug",),
    "launcher/test_policy.py": ("otlog.redaction.policy.reloads", "result"),
    "services/test_auth_delivery.py": ("audit.count",),
    "services/test_event_service.py": ("event.retried", "event.retry.delay"),
    "e2e/test_killed.py": ("service.peer.name",),
    "e2e/test_outage.py": ("otlog.log.dropped",),
    "unit/bridge/test_console.py": ("otlog.log.exported",),
    "unit/bridge/test_counts.py": ("kind", "otlog.self.errors"),
    "unit/bridge/test_hostile.py": ("otlog.format.arguments", "otlog.format.error"),
    "unit/bridge/test_mapping.py": (
        "code.file.path",
        "code.function.name",
        "code.line.number",
        "code.stacktrace",
        "event.name",
        "python.task.name",
        "thread.name",
    ),
    "unit/integrations/test_operation.py": ("messaging.destination.anonymous",),
    "unit/test_events.py": ("otlog.event.problems",),
}
"""By file below `tests`: the names that it has written."""

ELSEWHERE = {name for names in BY_TEST.values() for name in names}
