"""Ghost fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.dialects.ghost import KEY, KEY_ID, SECRET
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide

WRONG = "c3" * 32


class GhostSide(SandboxSide):
    code = "ghost"
    first, last = "name", "note"
    write_call = ("POST", r"/members/$")
    read_call = ("GET", r"/members/$")

    def credentials(self):
        return {"base_url": self.sandbox.url("ghost"), "key": KEY}

    def wrong_credentials(self):
        return self.credentials() | {"key": f"{KEY_ID}:{WRONG}"}

    def secrets(self):
        token = self.connector._api.auth.headers()["Authorization"].split()[1]
        return [SECRET, WRONG, token]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestGhost(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        return GhostSide(sandbox)
