"""The hand inside a real Mailman: its REST without our connector, and mails to it."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import requests

DOMAIN = "news.example.test"
#: settings that make people's acts take effect at once
CONFIG = {
    "subscription_policy": "confirm",
    "unsubscription_policy": "open",
    "bounce_score_threshold": 1,
    "admin_immed_notify": "false",
    "send_goodbye_message": "false",
}

_REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Delivery Status Notification (Failure)
Message-ID: <{number}@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The recipient is unknown.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.1.1

--b--
"""


class Staff:
    """What the owner of lists and their readers do.

    :param server: knows ``url``, ``user``, ``password`` and ``lmtp_port``
    :param lists: names of lists to make in our domain
    """

    def __init__(self, server, lists=("one", "two")):
        self.server = server
        self._session = requests.Session()
        self._session.auth = (server.user, server.password)
        if DOMAIN not in [each["mail_host"] for each in self.entries("/domains")]:
            self.call("POST", "/domains", mail_host=DOMAIN)
        self.lists = [self._make_list(name) for name in lists]

    def _make_list(self, name: str) -> str:
        address = f"{name}@{DOMAIN}"
        self.call("POST", "/lists", fqdn_listname=address, style_name="legacy-announce")
        self.prepare(f"{name}.{DOMAIN}")
        return f"{name}.{DOMAIN}"

    def prepare(self, list_id: str) -> None:
        """Let what people do on a list take effect at once."""
        self.call("PATCH", f"/lists/{list_id}/config", **CONFIG)

    def call(self, method: str, path: str, **data: Any) -> Any:
        """A REST call that must succeed; its JSON."""
        reply = self._session.request(
            method, f"{self.server.url}/3.1{path}", data=data, timeout=60
        )
        assert reply.ok, (method, path, reply.status_code, reply.text)
        return reply.json() if reply.content else {}

    def entries(self, path: str, **data: Any) -> list[dict[str, Any]]:
        """All entries of a collection."""
        return self.call("POST" if data else "GET", path, **data).get("entries", [])

    def reset(self) -> None:
        """Nobody on any list, nobody waiting, nobody known or banned."""
        for entry in self.entries("/lists"):
            list_id = entry["list_id"]
            if list_id not in self.lists:
                self.call("DELETE", f"/lists/{list_id}")
                continue
            for request in self.entries(f"/lists/{list_id}/requests"):
                self.settle(list_id, request["token"], "discard")
            for ban in self.entries(f"/lists/{list_id}/bans"):
                self.call("DELETE", f"/lists/{list_id}/bans/{quote(ban['email'])}")
        for ban in self.entries("/bans"):
            self.call("DELETE", f"/bans/{quote(ban['email'])}")
        for user in self.entries("/users"):
            self.call("DELETE", f"/users/{user['user_id']}")
        for address in self.entries("/addresses"):
            self.call("DELETE", f"/addresses/{quote(address['email'], safe='@')}")

    # --- the owner -------------------------------------------------------------
    def member(self, list_id: str, email: str) -> dict[str, Any] | None:
        """A member's entry, or None."""
        found = self.entries("/members/find", list_id=list_id, subscriber=email)
        return found[0] if found else None

    def delivery(self, list_id: str, email: str) -> str:
        """A member's delivery status; "" for who is none."""
        member = self.member(list_id, email)
        if member is None:
            return ""
        path = f"/members/{member['member_id']}/all/preferences"
        return self.call("GET", path)["delivery_status"]

    def request(self, list_id: str, email: str) -> dict[str, Any] | None:
        """Somebody's open request."""
        found = self.entries(f"/lists/{list_id}/requests")
        return next((each for each in found if each["email"] == email), None)

    def settle(self, list_id: str, token: str, action: str) -> None:
        """Decide a request."""
        self.call("POST", f"/lists/{list_id}/requests/{token}", action=action)

    def ban(self, list_id: str, email: str) -> None:
        """Keep an address off a list."""
        self.call("POST", f"/lists/{list_id}/bans", email=email)

    def rename(self, email: str, name: str) -> None:
        """Another name."""
        self.call("PATCH", f"/addresses/{email}", display_name=name)

    def move(self, list_id: str, email: str, new: str) -> None:
        """Another address for a membership."""
        member = self.member(list_id, email)
        user = member["user"].rpartition("/")[2]
        self.call("POST", f"/users/{user}/addresses", email=new)
        self.call("POST", f"/addresses/{new}/verify")
        self.call("PATCH", f"/members/{member['member_id']}", address=new)

    # --- the readers -------------------------------------------------------------
    def write(self, sender: str, to: str, body: str = "", subject: str = "") -> None:
        """Somebody writes a mail to a list's address."""
        message = EmailMessage()
        message["From"], message["To"] = sender, to
        message["Subject"] = subject or "Hello"
        message["Message-ID"] = f"<{time.monotonic_ns()}@example.org>"
        message.set_content(body or "Hello\n")
        self.hand_over(sender, to, message.as_bytes())

    def hand_over(self, sender: str, to: str, message: bytes) -> None:
        """Give Mailman a mail that came in."""
        with smtplib.LMTP("127.0.0.1", self.server.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [to], message)

    def leave(self, list_id: str, email: str) -> None:
        """The reader leaves by mail."""
        self.write(email, f"{_local(list_id)}-leave@{DOMAIN}")
        self.until(lambda: self.member(list_id, email) is None)

    def confirm(self, list_id: str, email: str) -> None:
        """The reader answers the mail that asks."""
        token = self.request(list_id, email)["token"]
        self.write(email, f"{_local(list_id)}-confirm+{token}@{DOMAIN}")
        self.until(lambda: self.member(list_id, email) is not None)

    def bounce(self, list_id: str, email: str) -> None:
        """The mail system of a reader sends a mailing back as undeliverable."""
        user, _, host = email.partition("@")
        to = f"{_local(list_id)}-bounces+{user}={host}@{DOMAIN}"
        self.hand_over("", to, _delivery_report(email, to))
        self.until(lambda: self.delivery(list_id, email) == "by_bounces")

    def until(self, fits: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for Mailman's runners to have done their work."""
        deadline = time.monotonic() + seconds
        while not fits():
            assert time.monotonic() < deadline, "Mailman did not do it in time"
            time.sleep(0.1)


def _local(list_id: str) -> str:
    return list_id.partition(".")[0]


def _delivery_report(email: str, to: str) -> bytes:
    """What a mail server says of an unknown user (RFC 3464)."""
    text = _REPORT.format(to=to, email=email, number=time.monotonic_ns())
    return text.replace("\n", "\r\n").encode()
