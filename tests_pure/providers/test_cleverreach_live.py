"""CleverReach's login page and webhooks, both ends running: connector and sandbox."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from newsletter_sync.connectors.contract import Delivery, MemberDraft, MemberRef
from newsletter_sync.connectors.errors import (
    Invalid,
    ReconnectNeeded,
    WebhookRefused,
)
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.connectors.providers.cleverreach import CleverReach
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status

from .test_cleverreach_contract import CleverReachSide

BACK = "https://odoo.example.com/newsletter_sync/oauth/callback"
VERIFY = "our-own-random-text"
ANNA = "anna@example.org"


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


# --- OAuth ------------------------------------------------------------------------
class OAuthSide(CleverReachSide):
    """Logged in by a person, on the tool's own page."""

    def __init__(self, sandbox):
        self.store = MemoryTokenStore()
        super().__init__(sandbox)

    def credentials(self):
        return super().credentials() | {"login": "oauth"}

    def another(self):
        return self.connect(self.credentials(), tokens=self.store)

    def prepare(self):
        with pytest.raises(ReconnectNeeded):
            self.connector.account()
        url = self.connector.authorize_url(BACK, "state-of-ours")
        allowed = requests.post(url, allow_redirects=False, timeout=10)
        back = dict(parse_qsl(urlsplit(allowed.headers["Location"]).query))
        assert back["state"] == "state-of-ours"
        self.connector.exchange_code(back["code"], BACK)
        super().prepare()


def test_a_person_logs_in_on_the_tools_page(sandbox):
    side = OAuthSide(sandbox)
    assert side.connector.account().remote_id == "123456"
    assert side.store.load().refresh


def test_the_access_lives_on_beyond_its_end(sandbox):
    side = OAuthSide(sandbox)
    for _ in range(3):
        before = side.store.load()
        side.pass_time(31 * 86_400)
        assert side.another().account().remote_id
        assert side.store.load().refresh != before.refresh


def test_many_workers_at_the_end_of_a_token(sandbox):
    side = OAuthSide(sandbox)
    sandbox.requests.clear()
    side.pass_time(31 * 86_400)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(side.another().account()))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert sandbox.requests.count("POST", "token") == 1


def test_a_revoked_access_needs_a_person(sandbox):
    side = OAuthSide(sandbox)
    for kind in ("access", "refresh"):
        sandbox.store.drop("cleverreach", kind)
    sandbox.requests.clear()
    with pytest.raises(ReconnectNeeded):
        side.connector.lists()
    assert sandbox.requests.count("GET", "groups") == 1
    assert sandbox.requests.count("POST", "token") == 1


# --- webhooks ---------------------------------------------------------------------
class Receiver(BaseHTTPRequestHandler):
    """What Odoo's controller does: answer the check, keep the rest."""

    def do_GET(self):
        answer = CleverReach.handshake(self.delivery("GET"), self.server.text)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())

    def do_POST(self):
        self.server.deliveries.put(self.delivery("POST"))
        self.send_response(200)
        self.end_headers()

    def delivery(self, method):
        size = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(urlsplit(self.path).query))
        return Delivery(method, headers, query, self.rfile.read(size))

    def log_message(self, *_):
        """Be quiet."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.text, server.deliveries = VERIFY, Queue()
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_hint_arrives_and_leads_to_the_person(sandbox, receiver):
    side = CleverReachSide(sandbox)
    side.write(MemberDraft(ANNA))
    for _ in range(2):  # registering again replaces
        (made,) = side.connector.register_webhooks(receiver.url, side.list_id, VERIFY)
    side.act("unsubscribe", ANNA)
    delivery = receiver.deliveries.get(timeout=10)
    CleverReach.verify(delivery, made.secrets)
    with pytest.raises(WebhookRefused):
        CleverReach.verify(delivery, {"call_token": "wrong"})
    (event,) = CleverReach.parse(delivery)
    assert (event.kind, event.list_id) == ("unsubscribed", side.list_id)
    found = side.connector.member(event.list_id, MemberRef("", event.remote_id))
    assert (found.email, found.status) == (ANNA, Status.UNSUBSCRIBED)
    for _ in range(2):
        side.connector.unregister_webhooks([made], side.list_id)
    assert sandbox.store.find("cleverreach", "hook") == []


def test_a_wrong_handshake_registers_nothing(sandbox, receiver):
    side = CleverReachSide(sandbox)
    receiver.text = "another-text-than-ours"
    with pytest.raises(Invalid):
        side.connector.register_webhooks(receiver.url, side.list_id, VERIFY)
    assert sandbox.store.find("cleverreach", "hook") == []
