"""A mail server that keeps what it is sent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from stack.ports import HOST, free_port


class Mailbox:
    """Every message, whoever it is for.

    Attributes:
        messages: in the order in which they came.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message (aiosmtpd's name for it)."""
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.messages.append(parsed)
        return "250 OK"

    def about(self, part: str) -> list[EmailMessage]:
        """The messages in whose subject something stands."""
        return [message for message in list(self.messages) if part in str(message["Subject"])]


@contextlib.contextmanager
def server() -> Iterator[tuple[Mailbox, str]]:
    """A mail server on loopback, and its address."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname=HOST, port=port)
    controller.start()
    try:
        yield mailbox, f"{HOST}:{port}"
    finally:
        controller.stop()
