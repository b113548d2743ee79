"""Mailchimp's webhooks: how they are registered, proved and read."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from newsletter_sync.connectors.contract import (
    Delivery,
    RemoteField,
    WebhookRegistration,
)
from newsletter_sync.connectors.errors import (
    Invalid,
    WebhookRefused,
)
from newsletter_sync.connectors.providers.mailchimp import Mailchimp
from newsletter_sync.tests_pure.providers.mailchimp_answers import (
    ANNA,
    AUDIENCE,
    BOB,
    SINCE,
    connector,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    """One that knows the audience."""
    speak = connector(http)
    speak._known_audiences.add("abc")
    return speak


# --- webhooks -----------------------------------------------------------------
TOKEN, SIGNING = "a-long-secret", "signing-secret"


def call(form=None, method="POST", query=None, headers=None):
    body = urlencode(form or {}).encode()
    return Delivery(method, headers or {}, query or {}, body)


def test_registering(http, speak):
    told = {"id": "h1", "url": "…", "signing_secret": SIGNING}
    http.expect("POST", AUDIENCE + "/webhooks", told)
    (made,) = speak.register_webhooks("https://odoo.example.com/h?x=1", "abc", TOKEN)
    assert made.secrets == {"secret": TOKEN, "signing_secret": SIGNING}
    assert TOKEN not in repr(made)
    body = http.bodies()[0]
    assert body["url"] == f"https://odoo.example.com/h?x=1&secret={TOKEN}"
    assert body["sources"]["api"] is False
    http.expect("DELETE", AUDIENCE + "/webhooks/h1", "", status=404)
    speak.unregister_webhooks([WebhookRegistration("h1", "member")], "abc/49")
    with pytest.raises(Invalid):
        speak.register_webhooks("https://odoo.example.com/h", "abc", "short")


def test_the_url_is_tried_by_get():
    assert Mailchimp.handshake(call(method="GET"), "v") == "ok"
    assert Mailchimp.handshake(call(), "v") is None


def test_a_call_proves_itself():
    plain = call({"type": "subscribe"}, query={"secret": TOKEN})
    Mailchimp.verify(plain, {"secret": TOKEN})
    for secrets in ({}, {"secret": ""}, {"secret": "other"}):
        with pytest.raises(WebhookRefused):
            Mailchimp.verify(plain, secrets)
    both = {"secret": TOKEN, "signing_secret": SIGNING}
    with pytest.raises(WebhookRefused):
        Mailchimp.verify(plain, both)
    digest = hmac.new(SIGNING.encode(), b"17." + plain.body, hashlib.sha256).hexdigest()
    for header, good in ((f"t=17,v1={digest}", True), (f"t=18, v1={digest}", False)):
        signed = replace(plain, headers={"x-mailchimp-signature": header})
        if good:
            Mailchimp.verify(signed, both)
        else:
            with pytest.raises(WebhookRefused):
                Mailchimp.verify(signed, both)


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"type": "subscribe"}, "subscribed"),
        ({"type": "profile"}, "updated"),
        ({"type": "unsubscribe", "data[action]": "unsub"}, "unsubscribed"),
        ({"type": "unsubscribe", "data[action]": "delete"}, "deleted"),
        ({"type": "unsubscribe", "data[reason]": "abuse"}, "complained"),
        ({"type": "cleaned", "data[reason]": "hard"}, "bounced"),
        ({"type": "campaign"}, "unknown"),
    ],
)
def test_events(form, kind):
    data = {
        "fired_at": "2026-01-01 12:00:00",
        "data[list_id]": "abc",
        "data[email]": ANNA,
    }
    (event,) = Mailchimp.parse(call(form | data))
    assert (event.kind, event.list_id, event.email) == (kind, "abc", ANNA)
    assert event.at == SINCE


def test_an_address_that_changed():
    data = {"data[new_email]": BOB, "data[old_email]": ANNA, "fired_at": "gestern"}
    (event,) = Mailchimp.parse(call({"type": "upemail"} | data))
    assert (event.kind, event.email, event.old_email) == ("address_changed", BOB, ANNA)
    assert event.at is None


@pytest.mark.parametrize("body", [b"", b"x=1", b"\xff\xfe", b"type="])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        Mailchimp.parse(Delivery("POST", {}, {}, body))


def test_a_field_without_audience_cannot_be_deleted(speak):
    with pytest.raises(Invalid):
        speak.delete_field(RemoteField("X", "X", remote_id="1"))
