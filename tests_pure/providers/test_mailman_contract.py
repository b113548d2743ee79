"""GNU Mailman 3 fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide


class MailmanSide(SandboxSide):
    code = "mailman"
    first, last = "display_name", ""
    bounce = Status.GENERAL_BOUNCE
    write_call = ("POST", r"/members$")
    read_call = ("GET", r"/roster/member$")

    def credentials(self):
        return {
            "base_url": self.sandbox.url("mailman"),
            "user": "restadmin",
            "password": "restpass",
        }

    def wrong_credentials(self):
        return self.credentials() | {"password": "wrong-password"}

    def secrets(self):
        return ["restpass", "wrong-password"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestMailman(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(awkward=False)
        return MailmanSide(sandbox)


class TestMailmanBehindAProxy(HttpContractTests):
    """The same, where Mailman's own links lead to a host that nobody can reach."""

    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(awkward=True)
        return MailmanSide(sandbox)
