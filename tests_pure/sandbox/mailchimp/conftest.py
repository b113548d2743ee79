"""An audience of the sandbox's Mailchimp, and somebody in it."""

import pytest

from newsletter_sync.tests_pure.sandbox.form_receiver import FormReceiver
from newsletter_sync.tests_pure.sandbox.mailchimp.client import ANNA, NEEDED, Client


@pytest.fixture
def client(sandbox):
    sandbox.set(stats_lag=0)
    return Client(sandbox)


@pytest.fixture
def audience(client):
    return client("POST", "/lists", NEEDED)["id"]


@pytest.fixture
def path(audience):
    return f"/lists/{audience}/members"


@pytest.fixture
def anna(client, path):
    return client("POST", path, {"email_address": ANNA, "status": "subscribed"})


@pytest.fixture
def act(sandbox, audience):
    return lambda name, email=ANNA, **more: sandbox.act(
        "mailchimp", name, audience, email, **more
    )


@pytest.fixture
def hook():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()
