"""What people do in the tool itself: somebody leaves, a mail comes back."""

from __future__ import annotations

from types import SimpleNamespace

import requests

from ...mailman.staff import Staff


class SandboxStaff:
    """Acts are asked of the sandbox; its lists need no preparation."""

    def __init__(self, tool: str, place: dict):
        self._tool, self._url = tool, place["url"]

    def prepare(self, list_id: str) -> None:
        pass

    def act(self, name: str, list_id: str, email: str) -> None:
        act = {"tool": self._tool, "act": name, "list_id": list_id, "email": email}
        reply = requests.post(f"{self._url}/_sandbox/act", json=act, timeout=30)
        reply.raise_for_status()


class MailmanStaff:
    """Readers of a real Mailman write mails, and mail systems send theirs back."""

    def __init__(self, tool: str, place: dict):
        server = SimpleNamespace(**place["login"], lmtp_port=place["lmtp_port"])
        server.url = server.base_url
        self._staff = Staff(server, lists=())
        self.prepare = self._staff.prepare

    def act(self, name: str, list_id: str, email: str) -> None:
        acts = {"unsubscribe": self._staff.leave, "bounce": self._staff.bounce}
        acts[name](list_id, email)


def staff_of(tool: str, place: dict) -> SandboxStaff | MailmanStaff:
    """The staff of the tool that runs at a place (see ``tools.running``)."""
    return {"sandbox": SandboxStaff, "mailman": MailmanStaff}[place["staff"]](
        tool, place
    )
