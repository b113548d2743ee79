"""A sandbox per test, and a client that is logged in."""

import pytest
import requests

from newsletter_sync.sandbox import Sandbox


class Client:
    """Speaks to one sandbox's CleverReach; paths begin below ``/v3``."""

    def __init__(self, sandbox):
        self.base = sandbox.url("cleverreach")
        self.session = requests.Session()
        token = sandbox.tools["cleverreach"].issue()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def raw(self, method, path, **options):
        options.setdefault("timeout", 20)
        return self.session.request(method, self.base + path, **options)

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, "/v3" + path, json=json, params=params).json()

    def status(self, method, path, json=None, **params):
        return self.raw(method, "/v3" + path, json=json, params=params).status_code


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def group(client):
    return client("POST", "/groups", {"name": "Customers"})["id"]
