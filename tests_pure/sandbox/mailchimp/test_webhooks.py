"""Mailchimp's dialect: what it tells, and when."""

import hashlib
import hmac

import pytest

from newsletter_sync.tests_pure.sandbox.mailchimp.client import (
    ANNA,
    BOB,
    FULL,
)


# --- webhooks ---------------------------------------------------------------
def listen(client, audience, hook, api=True, **more):
    events = dict.fromkeys(("subscribe", "unsubscribe", "profile"), True)
    events |= dict.fromkeys(("cleaned", "upemail"), True)
    body = {
        "url": hook.url,
        "events": events,
        "sources": {"user": True, "admin": True, "api": api},
    }
    return client("POST", f"/lists/{audience}/webhooks", body | more)


def test_registration_calls_first(client, audience, hook):
    hook.status = 404
    assert listen(client, audience, hook)["status"] == 400
    hook.status = 200
    made = listen(client, audience, hook)
    assert [call[0] for call in hook.calls] == ["GET", "GET"]
    assert "signing_secret" not in made
    assert listen(client, audience, hook)["status"] == 400
    call = f"/lists/{audience}/webhooks"
    assert client("GET", call)["webhooks"] == [made]
    assert client("DELETE", f"{call}/{made['id']}") == 204
    assert client("GET", call)["total_items"] == 0


@pytest.mark.parametrize(
    "name, more, events",
    [
        ("unsubscribe", {}, [("unsubscribe", "unsub", "manual")]),
        ("complain", {}, [("unsubscribe", "unsub", "abuse")]),
        ("archive", {}, [("unsubscribe", "delete", "manual")]),
        ("delete", {}, [("unsubscribe", "delete", "manual")]),
        ("bounce", {}, [("cleaned", None, "hard")]),
        ("edit", {"values": {"FNAME": "Neu"}}, [("profile", None, None)]),
        ("change_address", {"new": BOB}, [("upemail", None, None)]),
        ("subscribe", {}, []),
    ],
)
def test_events(sandbox, client, audience, hook, act, anna, name, more, events):
    listen(client, audience, hook)
    act(name, **more)
    sandbox.settle()
    told = [
        (form["type"], form.get("data[action]"), form.get("data[reason]"))
        for form in hook.forms
    ]
    assert told == events
    for form in hook.forms:
        assert form["data[list_id]"] == audience
        assert len(form["fired_at"]) == 19


def test_contents(sandbox, client, audience, hook, act):
    listen(client, audience, hook)
    act("subscribe", values={"FNAME": "Anna", "ADDRESS": FULL})
    act("confirm")
    act("change_address", new=BOB)
    sandbox.settle()
    first, second = hook.forms
    assert first["type"] == "subscribe" and first["data[email]"] == ANNA
    assert first["data[merges][FNAME]"] == "Anna"
    assert first["data[merges][ADDRESS][city]"] == "Ulm"
    assert (second["data[old_email]"], second["data[new_email]"]) == (ANNA, BOB)


@pytest.mark.parametrize("api", [False, True])
def test_own_writes(sandbox, client, audience, path, hook, api):
    listen(client, audience, hook, api)
    client("POST", path, {"email_address": ANNA, "status": "subscribed"})
    sandbox.settle()
    assert len(hook.forms) == api


def test_signature(sandbox, client, audience, hook, anna, act):
    sandbox.set(sign_webhooks=True)
    secret = listen(client, audience, hook)["signing_secret"]
    act("unsubscribe")
    sandbox.settle()
    _, _, headers, body = hook.calls[-1]
    time, signature = headers["X-Mailchimp-Signature"].split(",")
    signed = time.removeprefix("t=").encode() + b"." + body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert signature == f"v1={wanted}"
    (listed,) = client("GET", f"/lists/{audience}/webhooks")["webhooks"]
    assert "signing_secret" not in listed
