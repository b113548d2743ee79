"""An SMTP server that keeps mails and refuses whom it is told to."""

from __future__ import annotations

import email
import threading
import time
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller

from scripts.environment.odoo_server import free_port


class Sink:
    """Mails in the order in which they came; ``refused`` addresses get a 550."""

    def __init__(self):
        self.port = free_port()
        self.refused: set[str] = set()
        self._mails: list[tuple[str, EmailMessage]] = []
        self._came = threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._controller.stop()

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Called by aiosmtpd for each recipient."""
        if address in self.refused:
            return "550 5.1.1 user unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Called by aiosmtpd for each mail."""
        message = email.message_from_bytes(envelope.content, policy=default)
        with self._came:
            self._mails += [(to, message) for to in envelope.rcpt_tos]
            self._came.notify_all()
        return "250 OK"

    def to(self, address: str, text: str = "", seconds: float = 30) -> EmailMessage:
        """The newest mail to an address whose subject or sender holds the text."""
        deadline = time.monotonic() + seconds
        with self._came:
            while True:
                for to, message in reversed(self._mails):
                    if (
                        to == address
                        and text in f"{message['from']} {message['subject']}"
                    ):
                        return message
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no mail to {address} with {text!r}")
                self._came.wait(left)

    def all(self) -> list[tuple[str, EmailMessage]]:
        """Every mail with the address that it came for, oldest first."""
        with self._came:
            return list(self._mails)

    def clear(self) -> None:
        """Forget them."""
        with self._came:
            self._mails.clear()
            self.refused.clear()
