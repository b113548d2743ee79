"""A client that is logged in, a tag, and somebody who has it."""

import pytest

from newsletter_sync.tests_pure.sandbox.form_receiver import FormReceiver
from newsletter_sync.tests_pure.sandbox.klicktipp.client import ANNA, Client


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def tag(client):
    (id,) = client("POST", "/tag", {"name": "Customers"})
    return id


@pytest.fixture
def single(client):
    """The id of the single opt-in process."""
    return next(int(id) for id, name in client("GET", "/list").items() if name)


@pytest.fixture
def anna(client, single, tag):
    """The id of a subscribed contact with the tag."""
    body = {"email": ANNA, "listid": single, "tagid": tag}
    return client("POST", "/subscriber", body)["id"]


@pytest.fixture
def hook():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()
