"""The whole circle of a consent, by the pages and links that a person would use.

Form, confirmation mail, its button, the tool, a mailing, its link, gone in the tool.
"""

from __future__ import annotations

import json
import re
import time
import urllib.parse
import urllib.request

from ..environment import Environment
from ..environment.console import Failure, say, step
from ..environment.odoo_server import free_port
from .places import DATABASE
from .post import Post

_CALL = """\
from odoo.addons.newsletter_sync.scripts.demo.inside import circle
circle.{call}
"""
EMAIL = "ida.lindner@example.org"
SUBJECT = "Sommerfest im Lindenhof"
_STATUS = """
SELECT COALESCE(member.remote_status, '') FROM newsletter_member member
  JOIN newsletter_coupling coupling ON coupling.id = member.coupling_id
  JOIN newsletter_connection connection ON connection.id = coupling.connection_id
 WHERE member.email = '{email}' AND connection.provider = '{tool}'
"""


class Circle:
    """One person's way; ``show`` goes it, once for each database and tool."""

    def __init__(self, environment: Environment, tool: str, place: dict, post: Post):
        self._environment = environment
        self._tool = tool
        self._name = place["label"]
        self._post = post
        self._email = EMAIL.replace("@", f"@{tool}.")

    def show(self, odoo_port: int) -> str:
        """Print each step.

        :param odoo_port: where Odoo is served, 0: anywhere
        :return: the form's path
        :raises Failure: a step did not lead on
        """
        number = odoo_port or free_port()
        address = f"http://127.0.0.1:{number}"
        outcome = self._inside(
            f"prepare(env, {self._tool!r}, {self._post.smtp_port}, {address!r},"
            f" {self._email!r})"
        )
        path = f"/newsletter/subscribe/{outcome['form']}"
        if not outcome["is_first"]:
            say("\n- Circle of a consent: done before; see the page with the mails.")
            return path
        say("\nThe circle of a consent")
        serving = self._environment.odoo.serving(DATABASE, port=number)
        with step("Circle of a consent"), serving:
            self._join(address + path)
            self._leave()
        return path

    def _join(self, form: str) -> None:
        page = _open(form)
        wording = re.search(r'name="wording" value="(\d+)"', page)[1]
        box = re.search(r'name="(box_\d+)"', page)[1]
        data = {"email": self._email, "wording": wording, "lang": "de_DE", box: "1"}
        _open(form, data)
        say(f"  Form      {self._email} ticked the box and sent it")
        link = self._post.link(self._email, "/newsletter/confirm/")
        say("  Mail      with a link to confirm, neutral, in German")
        _open(link)
        self._expect("", "Opened    as a scanner of mails does: nothing happens")
        _open(link, {})
        self._expect(
            "subscribed", f"Button    confirmed, and subscribed in {self._name}"
        )

    def _leave(self) -> None:
        self._run(f"send(env, {SUBJECT!r})")
        link = self._post.link(self._email, "/newsletter/preferences/")
        say(f"  Mailing   “{SUBJECT}”, with List-Unsubscribe by one click")
        _open(link)
        _open(link, {"List-Unsubscribe": "One-Click"})
        self._expect("unsubscribed", f"One click unsubscribed, gone in {self._name}")
        told = self._inside(f"tell(env, {self._email!r})")
        chain = "intact" if told["intact"] else "DAMAGED"
        say(f"  Evidence  {', '.join(told['evidence'])}; the chain is {chain}")
        for receipt in told["receipts"]:
            say(f"  Receipt   {receipt}")

    def _expect(self, status: str, said: str, seconds: float = 90) -> None:
        """What the tool was read back with; Odoo's own scheduler does the work."""
        question = _STATUS.format(email=self._email, tool=self._tool)
        deadline = time.monotonic() + seconds
        while self._environment.postgres.sql(question, DATABASE) != status:
            if time.monotonic() > deadline:
                raise Failure(f"{self._email} is not {status!r} in {self._name}.")
            time.sleep(0.3)
        say(f"  {said}")

    def _inside(self, call: str) -> dict:
        return json.loads(self._run(call).strip().splitlines()[-1])

    def _run(self, call: str) -> str:
        return self._environment.odoo.run_code(DATABASE, _CALL.format(call=call))


def _open(url: str, data: dict | None = None) -> str:
    """GET, or POST if there are data, as a browser without a login."""
    body = None if data is None else urllib.parse.urlencode(data).encode()
    request = urllib.request.Request(url, body, {"Accept-Language": "de"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()
