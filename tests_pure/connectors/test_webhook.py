"""Checks of webhooks: nothing passes without a secret."""

import pytest

from newsletter_sync.connectors.contract import Delivery
from newsletter_sync.connectors.errors import WebhookRefused
from newsletter_sync.connectors.webhook import (
    delivery_key,
    hmac_hex,
    require_hmac,
    require_same,
    same,
)


def test_equal_secrets_only():
    assert same("geheim", "geheim")
    for one, other in (("a", "b"), ("", ""), (None, None), ("a", ""), ("ä", "a")):
        assert not same(one, other)
        with pytest.raises(WebhookRefused):
            require_same(one, other)


def test_hmac_over_the_raw_parts():
    # RFC 4231, test case 2
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_hex("Jefe", b"what do ya want ", b"for nothing?") == expected
    require_hmac("Jefe", expected.upper(), b"what do ya want for nothing?")
    for secret, sent in (("", expected), ("Jefe", ""), ("Jefe", None), ("x", expected)):
        with pytest.raises(WebhookRefused):
            require_hmac(secret, sent, b"what do ya want for nothing?")


def test_keys_tell_deliveries_apart():
    one = Delivery("POST", {}, {}, b"body")
    again = Delivery("POST", {"date": "later"}, {}, b"body")
    assert delivery_key(one, "1") == delivery_key(again, "1")
    others = {
        delivery_key(one),
        delivery_key(one, "1"),
        delivery_key(one, "", "1"),
        delivery_key(Delivery("POST", {}, {}, b"bod"), "y"),
        delivery_key(Delivery("PUT", {}, {}, b"body")),
    }
    assert len(others) == 5
