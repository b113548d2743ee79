"""CleverReach fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide


class CleverReachSide(SandboxSide):
    code = "cleverreach"
    write_call = ("POST", r"/receivers/upsert$")
    read_call = ("GET", r"/groups/\d+/receivers$")

    def credentials(self):
        return {
            "login": "client_credentials",
            "client_id": "sandbox-id",
            "client_secret": "sandbox-secret",
            "base_url": self.sandbox.url("cleverreach"),
        }

    def wrong_credentials(self):
        return self.credentials() | {"client_secret": "wrong-secret"}

    def secrets(self):
        token = self.connector.tokens.load()
        return ["sandbox-secret", "wrong-secret", token.access]

    def invite(self):
        """The group's form sends the mail that asks."""
        self.sandbox.tools["cleverreach"].new_form(int(self.list_id), "Newsletter")


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestCleverReach(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(awkward=False)
        return CleverReachSide(sandbox)


class TestAwkwardCleverReach(HttpContractTests):
    """The same, with every oddity that clients report of the real service."""

    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(awkward=True)
        return CleverReachSide(sandbox)
