"""Brevo's webhooks."""

import json
from datetime import datetime, timezone

import pytest

from newsletter_sync.connectors.contract import (
    Delivery,
    WebhookRegistration,
)
from newsletter_sync.connectors.errors import (
    WebhookRefused,
)
from newsletter_sync.connectors.providers.brevo import Brevo
from newsletter_sync.tests_pure.providers.brevo_answers import (
    ANNA,
    BOB,
    bodies,
    connector,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    http = ScriptedHttp()
    yield http
    http.finish()


@pytest.fixture
def speak(http):
    return connector(http)


# --- webhooks ---------------------------------------------------------------------
def delivery(body, headers=None):
    return Delivery("POST", headers or {}, {}, json.dumps(body).encode())


def test_the_token_is_ours(http, speak):
    hooks = [{"id": 3, "url": "https://odoo.example.com/h"}, {"id": 4, "url": "x"}]
    http.expect("GET", "/v3/webhooks", {"webhooks": hooks})
    http.expect("DELETE", "/v3/webhooks/3", "", status=204)
    http.expect("POST", "/v3/webhooks", {"id": 5}, status=201)
    (made,) = speak.register_webhooks("https://odoo.example.com/h", "7", "v" * 20)
    (body,) = bodies(http, "POST")
    token = made.secrets["token"]
    assert body["auth"] == {"type": "bearer", "token": token}
    assert body["type"] == "marketing"
    assert token not in repr(made)
    good = delivery({}, {"authorization": f"Bearer {token}"})
    Brevo.verify(good, made.secrets)
    for headers in ({}, {"authorization": token}, {"authorization": "Bearer x"}):
        with pytest.raises(WebhookRefused):
            Brevo.verify(delivery({}, headers), made.secrets)
    with pytest.raises(WebhookRefused):
        Brevo.verify(delivery({}, {"authorization": "Bearer "}), {})


def test_unregistering_is_harmless_when_repeated(http, speak):
    http.expect("DELETE", "/v3/webhooks/5", {}, status=404)
    speak.unregister_webhooks([WebhookRegistration("5", "marketing")], "7")


@pytest.mark.parametrize(
    "event, kind",
    [
        ("unsubscribe", "unsubscribed"),
        ("list_addition", "subscribed"),
        ("contact_updated", "updated"),
        ("contact_deleted", "deleted"),
        ("hard_bounce", "bounced"),
        ("spam", "complained"),
        ("proxy_open", "unknown"),
    ],
)
def test_events(event, kind):
    body = {"event": event, "email": "Anna@Example.org", "id": 99, "ts": 1_800_000_000}
    (found,) = Brevo.parse(delivery(body))
    assert (found.kind, found.email, found.remote_id) == (kind, ANNA, "")
    assert found.at == datetime.fromtimestamp(1_800_000_000, timezone.utc)


def test_one_event_for_each_address_and_list():
    gone = {"event": "contact_deleted", "email": [ANNA, BOB]}
    left = {"event": "unsubscribe", "email": ANNA, "list_id": [7, 8], "ts_event": 1}
    found = Brevo.parse(delivery([gone, left]))
    assert [(e.kind, e.email, e.list_id) for e in found] == [
        ("deleted", ANNA, ""),
        ("deleted", BOB, ""),
        ("unsubscribed", ANNA, "7"),
        ("unsubscribed", ANNA, "8"),
    ]
    assert len({event.key for event in found}) == 4


@pytest.mark.parametrize("body", [None, 5, "x", [1], {}, {"event": 5}])
def test_malformed_calls(body):
    with pytest.raises(WebhookRefused):
        Brevo.parse(delivery(body))
