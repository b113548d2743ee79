"""Webhooks: handshake, deliveries with ids only, and what can go wrong."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

VERIFY = "my own random text"


class Receiver:
    """A webhook address that remembers its calls."""

    def __init__(self):
        self.calls = []
        self.answer = f"{VERIFY} %s"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def reply(self, text):
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):
                asked = parse_qs(urlsplit(self.path).query)
                self.reply(receiver.answer.replace("%s", asked["secret"][0]))

            def do_POST(self):
                import json

                body = self.rfile.read(int(self.headers["Content-Length"]))
                call = json.loads(body), self.headers["X-CR-Calltoken"]
                receiver.calls.append(call)
                self.reply("")

            def log_message(self, *args):
                pass

        return Handler

    @property
    def events(self):
        return [body["event"] for body, _ in self.calls]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def register(client, receiver, event="receiver", **more):
    body = {"url": receiver.url, "event": event, "verify": VERIFY} | more
    return client.raw("POST", "/hooks/eventhook", json=body)


def test_registration(client, receiver, group):
    answer = register(client, receiver, condition=group).json()
    assert answer["success"] is True
    assert (len(answer["call_token"]), len(answer["secret"])) == (64, 32)
    assert register(client, receiver, condition=group).status_code == 409
    (listed,) = client.raw("GET", "/hooks/eventhook").json()
    assert listed == {"event": "receiver", "condition": group, "url": receiver.url}
    assert client.raw("DELETE", "/hooks/eventhook/receiver").status_code == 404
    path = f"/hooks/eventhook/receiver?condition={group}"
    assert client.raw("DELETE", path).json() is True


@pytest.mark.parametrize(
    "answer", [f"{VERIFY}  %s", VERIFY, "%s", f"{VERIFY} %s\n", f'"{VERIFY} %s"']
)
def test_wrong_handshake_is_refused(client, receiver, answer):
    receiver.answer = answer
    assert register(client, receiver).status_code == 400
    assert client.raw("GET", "/hooks/eventhook").json() == []


@pytest.mark.parametrize(
    "more",
    [
        {"event": "nonsense"},
        {"verify": "short"},
        {"verify": "x" * 51},
        {"url": "http://odoo.example.org/hook"},
        {"url": "https://odoo.example.org/hook"},
        {"url": "http://127.0.0.1:9/hook"},
    ],
)
def test_bad_registrations(client, receiver, more):
    assert register(client, receiver, **more).status_code == 400


def test_deliveries_hold_ids_only(sandbox, client, receiver, group):
    token = register(client, receiver).json()["call_token"]
    made = client("POST", f"/groups/{group}/receivers", {"email": "a@example.org"})
    sandbox.settle()
    body, given = receiver.calls[0]
    assert given == token
    assert body == {
        "condition": group,
        "event": "receiver.created",
        "payload": {"pool_id": made["id"], "group_id": group},
    }
    assert sandbox.store.notes("delivery")[0]["status"] == 200


@pytest.mark.parametrize(
    "act, more, events",
    [
        ("subscribe", {}, ["created"]),
        ("unsubscribe", {}, ["unsubscribed"]),
        ("edit", {"values": {"city": "Ulm"}}, ["updated"]),
        ("change_address", {"new": "b@example.org"}, ["updated"]),
        ("delete", {}, ["deleted"]),
        ("block", {}, []),
    ],
)
def test_events(sandbox, client, receiver, group, act, more, events):
    email = "new@example.org" if act == "subscribe" else "a@example.org"
    client("POST", f"/groups/{group}/receivers", {"email": "a@example.org"})
    register(client, receiver)
    sandbox.act("cleverreach", act, group, email, **more)
    sandbox.settle()
    assert receiver.events == [f"receiver.{event}" for event in events]


def test_single_event_and_condition(sandbox, client, receiver, group):
    other = client("POST", "/groups", {"name": "Other"})["id"]
    register(client, receiver, "receiver.unsubscribed", condition=group)
    for each in (group, other):
        client("POST", f"/groups/{each}/receivers", {"email": "a@example.org"})
        client("PUT", f"/groups/{each}/receivers/a@example.org/deactivate")
    sandbox.settle()
    assert receiver.events == ["receiver.unsubscribed"]


def test_own_writes_call_too_but_only_for_changes(sandbox, client, receiver, group):
    path = f"/groups/{group}/receivers/upsert"
    row = {"email": "a@example.org", "global_attributes": {"city": "Ulm"}}
    client("POST", path, [row])
    register(client, receiver)
    client("POST", path, [row])
    row["global_attributes"]["city"] = "Kiel"
    client("POST", path, [row])
    sandbox.settle()
    assert receiver.events == ["receiver.updated"]


@pytest.mark.parametrize("kind, number", [("cut", 0), ("twice", 2), ("slow", 1)])
def test_lost_doubled_and_late_calls(sandbox, client, receiver, group, kind, number):
    register(client, receiver)
    sandbox.faults.add(kind, method="HOOK", seconds=0.05, times=1)
    sandbox.act("cleverreach", "subscribe", group, "a@example.org")
    sandbox.settle()
    assert len(receiver.calls) == number


def test_receiver_that_is_down(sandbox, client, receiver, group):
    register(client, receiver)
    receiver.server.shutdown()
    receiver.server.server_close()
    sandbox.act("cleverreach", "subscribe", group, "a@example.org")
    sandbox.settle()
    assert sandbox.store.notes("delivery")[0]["status"] == "ConnectionError"
