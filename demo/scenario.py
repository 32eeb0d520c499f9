"""What one user does: register, mistype, log in, order, and order what must fail."""

from __future__ import annotations

import secrets
import time
import urllib.parse
from dataclasses import dataclass, field

import httpx

_OUTCOME_SECONDS = 60.0


@dataclass(frozen=True)
class Planted:
    """Secrets that the scenario sends; none may come to rest in any telemetry."""

    password: str = field(default_factory=lambda: f"Correct-{secrets.token_hex(6)}!")
    wrong_password: str = field(default_factory=lambda: f"Mistyped-{secrets.token_hex(6)}!")
    email: str = field(default_factory=lambda: f"mina.{secrets.token_hex(4)}@example.org")
    card_number: str = "4539 1488 0343 6467"

    def needles(self, *tokens: str) -> list[str]:
        """Every form of a secret to look for, with the tokens that were issued."""
        whole = [self.password, self.wrong_password, self.email, self.card_number, *tokens]
        card = self.card_number
        forms = [card.replace(" ", ""), card.replace(" ", "-")]
        quoted = [urllib.parse.quote_plus(one) for one in whole]
        return sorted({*whole, *forms, *quoted})


@dataclass(frozen=True)
class Step:
    """One thing the user did: what came back, and the trace that tells of it."""

    title: str
    status: int
    trace_id: str


@dataclass
class Result:
    """What the scenario did, and what must not be found afterwards."""

    steps: list[Step] = field(default_factory=list)
    needles: list[str] = field(default_factory=list)
    order_trace_id: str = ""


class ScenarioError(RuntimeError):
    """A step did not answer as it must; the message names the step and the answer."""


@dataclass
class Scenario:
    """The user's session at the gateway."""

    client: httpx.Client
    planted: Planted = field(default_factory=Planted)
    result: Result = field(default_factory=Result)

    def run(self) -> Result:
        """Do all steps.

        Raises:
            ScenarioError: when a step's answer is not the expected one.
        """
        user = f"mina-{secrets.token_hex(3)}"
        planted = self.planted
        account = {"username": user, "email": planted.email, "password": planted.password}
        self._post("register", 201, "/auth/register", account)
        wrong = {"username": user, "password": planted.wrong_password}
        self._post("log in with a wrong password", 401, "/auth/login", wrong)
        right = {"username": user, "password": planted.password}
        tokens = self._post("log in", 200, "/auth/login", right).json()
        self.result.needles = planted.needles(tokens["access_token"], tokens["refresh_token"])
        self.client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        self._order("order a lamp", expected="completed", fail=False)
        self.result.order_trace_id = self.result.steps[-1].trace_id
        self._order("order a lamp whose payment fails", expected="failed", fail=True)
        return self.result

    def _order(self, title: str, *, expected: str, fail: bool) -> None:
        order = {
            "item": "lamp",
            "quantity": 2,
            "card_number": self.planted.card_number,
            "email": self.planted.email,
            "password": self.planted.password,
            "fail": fail,
        }
        order_id = self._post(title, 202, "/orders", order).json()["order_id"]
        outcome = self._outcome(order_id)
        if outcome != expected:
            raise ScenarioError(f"{title}: the order is {outcome}, not {expected}")

    def _outcome(self, order_id: str) -> str:
        deadline = time.monotonic() + _OUTCOME_SECONDS
        status = "pending"
        while status == "pending" and time.monotonic() < deadline:
            time.sleep(0.2)
            answer = self.client.get(f"/orders/{order_id}")
            status = answer.json().get("status", f"unknown (HTTP {answer.status_code})")
        return status

    def _post(self, title: str, status: int, path: str, body: object) -> httpx.Response:
        answer = self.client.post(path, json=body)
        if answer.status_code != status:
            raise ScenarioError(f"{title}: HTTP {answer.status_code}, not {status}: {answer.text}")
        trace_id = answer.headers.get("X-Trace-Id", "")
        self.result.steps.append(Step(title, answer.status_code, trace_id))
        return answer
