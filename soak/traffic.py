"""Mixed traffic at a gentle rate, and a journal of what was confirmed to those who sent it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from security.planted import Planter
from soak.plain import Plain
from soak.schedule import Plan

POOL: Final = 4
"""Secrets of each kind, used again and again: each is looked for in all that is written."""

TIMEOUT: Final = 20.0
_THREADS: Final = 3
IN_TEXT: Final = ("AWS access key", "GitHub token", "Stripe key", "Slack token", "IBAN")
"""Kinds that are known by their form, so that they can stand in any text."""
_KINDS: Final = (*IN_TEXT, "password", "payment card", "e-mail address", "JSON Web Token")


@dataclass
class Journal:
    """What was confirmed.

    Attributes:
        requests: How many were sent.
        failed: How many got no answer, or one of 500 and above.
        traces: When (`time.monotonic`) the gateway answered with success, by trace ID.
        orders: When each order was accepted, by its ID.
        logs: When the Collector accepted each record of the plain sender, by its ID.
        spans: Likewise.
    """

    requests: int = 0
    failed: int = 0
    traces: dict[str, float] = field(default_factory=dict)
    orders: dict[str, float] = field(default_factory=dict)
    logs: dict[str, float] = field(default_factory=dict)
    spans: dict[str, float] = field(default_factory=dict)


class Secrets:
    """The planted secrets, and which is next."""

    def __init__(self) -> None:
        self.plant = Planter().at("soak")
        self._pools = {kind: [self.plant(kind) for _ in range(POOL)] for kind in _KINDS}

    def __call__(self, draw: random.Random, kind: str) -> str:
        """Return a secret of a kind."""
        return draw.choice(self._pools[kind])


class Visitor:
    """One user after the other, in a thread."""

    def __init__(self, gateway: str, events: str, draw: random.Random, secrets: Secrets) -> None:
        self.journal = Journal()
        self._gateway, self._events = gateway, events
        self._draw, self._secrets = draw, secrets
        # A new connection for each request, as from many users.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(timeout=TIMEOUT, limits=limits)
        self._names: list[str] = []
        self._password = secrets(draw, "password")
        self._placed: list[str] = []
        self._acts: dict[Callable[[], object], int] = {
            self._order: 35,
            self._failing_order: 10,
            self._state: 20,
            self._log_in: 8,
            self._wrong_log_in: 4,
            self._register: 3,
            self._event: 12,
            self._odd: 8,
        }

    def act(self) -> None:
        """Do one thing at random; whatever comes of it, the next comes too."""
        if not self._names:
            self._register()
        elif "authorization" not in self._client.headers:
            self._log_in()
        (act,) = self._draw.choices(list(self._acts), list(self._acts.values()))
        act()

    def order(self, **more: object) -> str | None:
        """Order a lamp; the ID of the order if it was accepted."""
        secret, draw = self._secrets, self._draw
        body = {
            "item": f"lamp, see {secret(draw, draw.choice(IN_TEXT))}",
            "quantity": draw.randint(1, 3),
            "card_number": secret(draw, "payment card"),
            "email": secret(draw, "e-mail address"),
            "password": secret(draw, "password"),
            **more,
        }
        answer = self._ask("POST", "/orders", json=body)
        if answer is None or answer.status_code != httpx.codes.ACCEPTED:
            return None
        order: str = answer.json()["order_id"]
        self.journal.orders[order] = time.monotonic()
        self._placed = [*self._placed[-20:], order]
        return order

    def status(self, order: str) -> str | None:
        """Ask what became of an order."""
        answer = self._ask("GET", f"/orders/{order}")
        return answer.json()["status"] if answer and answer.is_success else None

    def _order(self) -> None:
        self.order()

    def _failing_order(self) -> None:
        self.order(fail=True)

    def _state(self) -> None:
        if self._placed:
            self.status(self._draw.choice(self._placed))

    def _register(self) -> None:
        draw = self._draw
        name = f"user-{draw.getrandbits(40):x}"
        email = f"{name}@example.org"
        account = {"username": name, "password": self._password, "email": email}
        answer = self._ask("POST", "/auth/register", json=account)
        if answer is not None and answer.is_success:
            self._names.append(name)

    def _log_in(self) -> None:
        if not self._names:
            return
        who = {"username": self._draw.choice(self._names), "password": self._password}
        answer = self._ask("POST", "/auth/login", json=who)
        if answer is not None and answer.is_success:
            self._client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    def _wrong_log_in(self) -> None:
        wrong = {"username": "nobody", "password": self._secrets(self._draw, "password")}
        self._ask("POST", "/auth/login", json=wrong)

    def _event(self) -> None:
        data = {"user_id": "u-1", "page": "/", "note": self._secrets(self._draw, "GitHub token")}
        event = {"type": "activity.viewed", "source": "soak", "data": data}
        self._ask("POST", f"{self._events}/events", json=event)

    def _odd(self) -> None:
        """Ask with secrets in query and headers."""
        secret, draw = self._secrets, self._draw
        query = {"token": secret(draw, "JSON Web Token"), "card": secret(draw, "payment card")}
        headers = {"x-api-key": secret(draw, "Stripe key"), "x-request-id": secret(draw, "IBAN")}
        self._ask("GET", "/orders/none", params=query, headers=headers)

    def _ask(self, method: str, path: str, **more: object) -> httpx.Response | None:
        """Send a request to the gateway, or to a whole URL; None where there is no answer."""
        url = path if path.startswith("http") else f"{self._gateway}{path}"
        journal = self.journal
        journal.requests += 1
        try:
            answer = self._client.request(method, url, **more)  # type: ignore[arg-type]
        except httpx.HTTPError:
            journal.failed += 1
            return None
        journal.failed += answer.is_server_error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._client.headers.pop("authorization", None)
        trace_id = answer.headers.get("x-trace-id")
        if answer.is_success and trace_id and not path.startswith("http"):
            journal.traces[trace_id] = time.monotonic()
        return answer


class Traffic:
    """Visitors, and a sender of plain OTLP, in threads.

    Args:
        gateway: URL of the gateway.
        events: URL of event-service.
        intake: URL of the Collector's intake.
        plan: What they draw from, and how fast they are.
    """

    def __init__(self, gateway: str, events: str, intake: str, plan: Plan) -> None:
        self.secrets = Secrets()
        self._ended = threading.Event()
        self._pause = _THREADS / plan.rate
        draws = [random.Random(f"{plan.seed}-{number}") for number in range(_THREADS)]  # noqa: S311
        self.visitors = [Visitor(gateway, events, draw, self.secrets) for draw in draws]
        self._plain = Plain(intake)
        acts: list[Callable[[], None]] = [one.act for one in self.visitors]
        self._threads = [
            threading.Thread(target=self._run, args=(act,), daemon=True)
            for act in (*acts, self._plain.send)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> Journal:
        """Send no more; what was confirmed."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        return self.journal()

    def journal(self) -> Journal:
        """Return what was confirmed so far."""
        journals = [one.journal for one in self.visitors]
        return Journal(
            requests=sum(one.requests for one in journals) + self._plain.requests,
            failed=sum(one.failed for one in journals) + self._plain.refused,
            traces={key: at for one in journals for key, at in one.traces.items()},
            orders={key: at for one in journals for key, at in one.orders.items()},
            logs=self._plain.logs,
            spans=self._plain.spans,
        )

    def _run(self, act: Callable[[], None]) -> None:
        while not self._ended.is_set():
            began = time.monotonic()
            act()
            self._ended.wait(max(self._pause - (time.monotonic() - began), 0.01))
