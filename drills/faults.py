"""The faults: how each is injected, and which alert tells of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import aio_pika

from drills.ground import Ground
from stack.collector import ROOT
from stack.part import StartError

Inject = Callable[[Ground], None]
_DISK_BYTES = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        what: what happens, in a line.
        alert: name of the alert that tells of it.
        service: the service that the alert is of.
        inject: makes it happen.
    """

    what: str
    alert: str
    service: str
    inject: Inject


def _database_gone(ground: Ground) -> None:
    ground.database("ALTER TABLE accounts RENAME TO elsewhere")
    ground.log_in(12)


def _broker_gone(ground: Ground) -> None:
    ground.stack.rabbitmq.kill()


def _slow_dependency(ground: Ground) -> None:
    """Let auth-service sleep while requests wait for it, and be awake between."""
    pid = ground.stack.auth_service.pid
    with ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            os.kill(pid, signal.SIGSTOP)
            asked = [pool.submit(ground.log_in, 1) for _ in range(4)]
            time.sleep(2)
            os.kill(pid, signal.SIGCONT)
            for one in asked:
                one.result()


def _bad_deploy(ground: Ground) -> None:
    gateway = ground.stack.gateway
    gateway.stop()
    gateway.variables["GATEWAY_AUTH_URL"] = "http://127.0.0.1:9"
    gateway.start()
    ground.log_in(12)


def _poison_message(ground: Ground) -> None:
    async def publish() -> None:
        async with await aio_pika.connect(ground.stack.rabbitmq.url) as connection:
            channel = await connection.channel()
            message = aio_pika.Message(b'{"no": "event"}', type="order.placed")
            await channel.default_exchange.publish(message, "events.orders")

    asyncio.run(publish())


def _attack_on_login(ground: Ground) -> None:
    ground.log_in(15)


def _clock_skew(ground: Ground) -> None:
    """A second process of event-service, two minutes behind, for two minutes."""
    environ = {**os.environ, **ground.alerted.telemetry(), "OTEL_SERVICE_NAME": "event-service"}
    subprocess.Popen([sys.executable, "-m", "drills.skewed"], env=environ, cwd=ROOT)


def _collector_down(ground: Ground) -> None:
    ground.alerted.collector.kill()


def _rules_broken(ground: Ground) -> None:
    ground.policy.write_text("rules: [\n", "utf-8")


def _full_disk(ground: Ground) -> None:
    """Mount a small disk that the Collector sees, and fill it."""
    disk = ground.folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartError(f"a full disk needs the right to mount: {done.stderr.strip()}")
    ground.afterwards.callback(subprocess.run, ["umount", str(disk)], check=True)
    (disk / "full").write_bytes(bytes(_DISK_BYTES * 95 // 100))


FAULTS = {
    "database-gone": Fault(
        what="the accounts' table is gone",
        alert="RequestsFailing",
        service="auth-service",
        inject=_database_gone,
    ),
    "broker-gone": Fault(
        what="RabbitMQ is killed",
        alert="PatternFound",
        service="event-service",
        inject=_broker_gone,
    ),
    "slow-dependency": Fault(
        what="auth-service takes two seconds for each request",
        alert="LatencyHigh",
        service="gateway",
        inject=_slow_dependency,
    ),
    "bad-deploy": Fault(
        what="the gateway is deployed with a wrong address of auth-service",
        alert="DependencyFailing",
        service="gateway",
        inject=_bad_deploy,
    ),
    "poison-message": Fault(
        what="a message that is no event lands in the queue of orders",
        alert="DeadLettered",
        service="event-service",
        inject=_poison_message,
    ),
    "attack-on-login": Fault(
        what="somebody tries passwords",
        alert="AttackSuspected",
        service="auth-service",
        inject=_attack_on_login,
    ),
    "full-disk": Fault(
        what="a disk is full (needs the right to mount)",
        alert="DiskFilling",
        service="telemetry",
        inject=_full_disk,
    ),
    "clock-skew": Fault(
        what="a process is two minutes behind",
        alert="ClockSkewed",
        service="event-service",
        inject=_clock_skew,
    ),
    "collector-down": Fault(
        what="the Collector is killed",
        alert="CollectorDown",
        service="telemetry",
        inject=_collector_down,
    ),
    "rules-broken": Fault(
        what="the redaction policy is overwritten with nonsense",
        alert="PolicyRefused",
        service="gateway",
        inject=_rules_broken,
    ),
}
