"""How long does a new rule take from its file to every process and to the Collector?

Three services, broker, store and Collector run on this machine under a modest load. Last line:
`process_seconds=… collector_seconds=… failed=… torn=…`: the slowest process, the whole of `policy
apply`, requests that failed, and records of which one half is by the old rules, one by the new.
"""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.waiting import until
from otel_logging.redaction.policy import DEFAULT_FILE
from stack.collector import configuration_files
from stack.native import NativeStack
from stack.part import Part

MARK = "***MASKED***"
RULE = "values:\n  - {name: probe, pattern: 'probe-[a-z]{8}'}\n"
"""The new rule, appended to the default policy."""

_PAUSE = 0.02
_PROBE = "probe-abcdefgh"
_PROBES = re.compile(r"a=(.+)&b=([^ \"]+)")


class Load(threading.Thread):
    """Asks every service in turn; each request's access record has a probe in two places.

    Attributes:
        statuses: How often which status came back; 0 is no answer.
    """

    def __init__(self, urls: list[str]) -> None:
        super().__init__(daemon=True)
        self._urls = urls
        self._stopped = threading.Event()
        self.statuses: Counter[int] = Counter()

    def run(self) -> None:
        with httpx.Client(timeout=60) as client:
            for url in itertools.cycle(self._urls):
                self.statuses[self._ask(client, url)] += 1
                if self._stopped.wait(_PAUSE):
                    return

    def stop(self) -> None:
        """End after the request that is under way."""
        self._stopped.set()
        self.join()

    @staticmethod
    def _ask(client: httpx.Client, url: str) -> int:
        try:
            return client.get(f"{url}/healthz?a={_PROBE}&b={_PROBE}").status_code
        except httpx.HTTPError:
            return 0


@dataclass(frozen=True)
class Site:
    """A stack whose policy and rules are files of its own."""

    stack: NativeStack
    policy: Path
    rules: Path

    @classmethod
    def at(cls, folder: Path) -> Site:
        """Lay out a stack in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        policy, rules = folder / "policy.yaml", folder / "redaction.yaml"
        shutil.copy(DEFAULT_FILE, policy)
        run("policy", "compile", "--policy", policy, "--output", rules)
        variables = {"OTLOG_POLICY": str(policy.resolve()), "OTEL_METRIC_EXPORT_INTERVAL": "1000"}
        files = configuration_files(("store",))
        files[1] = rules.resolve()
        return cls(
            NativeStack(folder / "stack", variables=variables, collector_files=files), policy, rules
        )

    @contextmanager
    def under_load(self, progress: Callable[[Part], None] = lambda _: None) -> Iterator[Load]:
        """Run it, with a load that has reached the store."""
        with self.stack.running(progress):
            load = Load([service.http for service in self.stack.services])
            load.start()
            try:
                until(lambda: set(self.last_bodies()) == self.names, "every service's records")
                yield load
            finally:
                load.stop()

    @property
    def names(self) -> set[str]:
        """The services."""
        return {service.name for service in self.stack.services}

    def add_rule(self) -> float:
        """Add the rule to the file; seconds until every process sends records by it."""
        started = time.monotonic()
        self.policy.write_text(self.policy.read_text() + RULE)
        until(lambda: all(MARK in body for body in self.last_bodies().values()), "the new rule")
        return time.monotonic() - started

    def apply(self) -> float:
        """Put the rule in force in the Collector; seconds that the command took."""
        assert self.stack.collector is not None
        started = time.monotonic()
        run(
            *("policy", "apply", "--policy", self.policy, "--output", self.rules),
            *("--pid", self.stack.collector.pid),
        )
        return time.monotonic() - started

    def last_bodies(self) -> dict[str, str]:
        """The newest access record of each service that has one."""
        newest = {name: self.bodies(name, limit=1) for name in self.names}
        return {name: bodies[0] for name, bodies in newest.items() if bodies}

    def torn(self) -> int:
        """How many records show one probe and not the other."""
        bodies = (body for name in self.names for body in self.bodies(name))
        return sum(len(set(found.groups())) > 1 for found in map(_PROBES.search, bodies) if found)

    def bodies(self, service: str, limit: int = 10_000) -> list[str]:
        """Access records of a service, newest first."""
        wanted: dict[str, Any] = {"service": service, "scope": "uvicorn.access", "text": "healthz"}
        answer = httpx.get(
            f"{self.stack.store.http}/api/logs",
            params={**wanted, "limit": limit, "order": "desc"},
            timeout=60,
        )
        answer.raise_for_status()
        return [one["body"] for one in answer.json()["records"] if "a=" in one["body"]]


def run(*words: object) -> str:
    """Run `otel-logging`; its output.

    Raises:
        RuntimeError: It failed; the message is what it said.
    """
    command = [str(Path(sys.executable).parent / "otel-logging"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def main(_: list[str]) -> int:
    """Measure once and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site.at(Path(folder))
        with site.under_load(lambda part: print(f"starting {part.name}")) as load:
            process_seconds = site.add_rule()
            collector_seconds = site.apply()
            load.stop()
            torn, failed = site.torn(), load.statuses.total() - load.statuses[200]
            print(f"requests by status: {load.statuses}")
    print(
        f"process_seconds={process_seconds:.1f} collector_seconds={collector_seconds:.1f} "
        f"{failed=} {torn=}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
