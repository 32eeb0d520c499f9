"""What one user does: come in, order, forget the password, be attacked; and an administrator."""

from __future__ import annotations

import secrets
import time
import urllib.parse
from dataclasses import dataclass, field

import httpx

_OUTCOME_SECONDS = 60.0
_TOO_MANY = 10


@dataclass(frozen=True)
class Planted:
    """Secrets that the scenario sends; none may come to rest in any telemetry."""

    password: str = field(default_factory=lambda: f"Correct-{secrets.token_hex(6)}!")
    wrong_password: str = field(default_factory=lambda: f"Mistyped-{secrets.token_hex(6)}!")
    new_password: str = field(default_factory=lambda: f"Renewed-{secrets.token_hex(6)}!")
    security_answer: str = field(default_factory=lambda: f"Rex {secrets.token_hex(4)}")
    email: str = field(default_factory=lambda: f"mina.{secrets.token_hex(4)}@example.org")
    card_number: str = "4539 1488 0343 6467"

    def needles(self) -> list[str]:
        """Every form of a secret to look for."""
        passwords = [self.password, self.wrong_password, self.new_password]
        whole = [*passwords, self.security_answer, self.email, self.card_number]
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
    admin_password: str | None = field(default=None, repr=False)
    result: Result = field(init=False)
    user_id: str = ""

    def __post_init__(self) -> None:
        """Look for what is planted, whatever else becomes of the run."""
        self.result = Result(needles=self.planted.needles())

    def run(self) -> Result:
        """Do all steps; those of the administrator only where their password is known.

        Raises:
            ScenarioError: when a step's answer is not the expected one.
        """
        user = f"mina-{secrets.token_hex(3)}"
        self._come_in(user)
        self._order("order a lamp", expected="completed", fail=False)
        self.result.order_trace_id = self.result.steps[-1].trace_id
        self._order("order a lamp whose payment fails", expected="failed", fail=True)
        self._forget_and_recover(user)
        if self.admin_password is not None:
            self._administer(user)
        return self.result

    def _come_in(self, user: str) -> None:
        planted = self.planted
        account = {"username": user, "email": planted.email, "password": planted.password}
        registered = self._send("register", 201, "POST", "/auth/register", account)
        self.user_id = registered.json()["user_id"]
        wrong = {"username": user, "password": planted.wrong_password}
        self._send("log in with a wrong password", 401, "POST", "/auth/login", wrong)
        first = self._log_in("log in", user, planted.password)
        refresh = {"refresh_token": first["refresh_token"]}
        second = self._send("refresh the token", 200, "POST", "/auth/refresh", refresh).json()
        self.result.needles += [second["access_token"], second["refresh_token"]]
        self._send("use the old token again", 401, "POST", "/auth/refresh", refresh)

    def _forget_and_recover(self, user: str) -> None:
        planted = self.planted
        question = {"question": "first_pet", "security_answer": planted.security_answer}
        path = "/auth/security-question"
        self._send("choose a security question", 204, "PUT", path, question)
        new = {**question, "username": user, "new_password": planted.new_password}
        self._send("reset the password", 204, "POST", "/auth/password-reset", new)
        tokens = self._log_in("log in with the new password", user, planted.new_password)
        refresh = {"refresh_token": tokens["refresh_token"]}
        self._send("log out", 204, "POST", "/auth/logout", refresh)

    def _administer(self, user: str) -> None:
        wrong = {"username": user, "password": self.planted.wrong_password}
        for _ in range(_TOO_MANY - 1):
            self._ask("be attacked", 401, "POST", "/auth/login", wrong)
        self._send("be attacked", 401, "POST", "/auth/login", wrong)
        assert self.admin_password is not None
        self.result.needles.append(self.admin_password)
        self._log_in("log in as administrator", "admin", self.admin_password)
        where = f"/admin/users/{self.user_id}"
        self._send("unlock the account", 204, "POST", f"{where}/unlock")
        self._send("grant a role", 200, "POST", f"{where}/roles", {"role": "support"})
        self._send("revoke the role", 200, "DELETE", f"{where}/roles/support")

    def _log_in(self, title: str, user: str, password: str) -> dict[str, str]:
        body = {"username": user, "password": password}
        tokens: dict[str, str] = self._send(title, 200, "POST", "/auth/login", body).json()
        self.result.needles += [tokens["access_token"], tokens["refresh_token"]]
        self.client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    def _order(self, title: str, *, expected: str, fail: bool) -> None:
        order = {
            "item": "lamp",
            "quantity": 2,
            "card_number": self.planted.card_number,
            "email": self.planted.email,
            "password": self.planted.password,
            "fail": fail,
        }
        order_id = self._send(title, 202, "POST", "/orders", order).json()["order_id"]
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

    def _send(
        self, title: str, status: int, method: str, path: str, body: object = None
    ) -> httpx.Response:
        """Ask, and keep it as a step."""
        answer = self._ask(title, status, method, path, body)
        trace_id = answer.headers.get("X-Trace-Id", "")
        self.result.steps.append(Step(title, answer.status_code, trace_id))
        return answer

    def _ask(
        self, title: str, status: int, method: str, path: str, body: object = None
    ) -> httpx.Response:
        answer = self.client.request(method, path, json=body)
        if answer.status_code != status:
            raise ScenarioError(f"{title}: HTTP {answer.status_code}, not {status}: {answer.text}")
        return answer
