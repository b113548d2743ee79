"""KlickTipp fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide

#: all but "date_only", which leaves no time of day to compare, and
#: "single_opt_in_returns" and "key_500", which concern what we do not call
AWKWARD = {
    *("bare_ids", "empty_lists", "absent_maps", "tags_smart_only", "smart_listed"),
    *("lower_status", "ip_suffix", "empty_404", "plain_errors", "verb_406"),
}


class KlickTippSide(SandboxSide):
    code = "klicktipp"
    first, last = "fieldFirstName", "fieldLastName"
    #: each person costs a call
    many = 250
    write_call = ("POST", r"/subscriber$")
    read_call = ("POST", r"/subscriber/tagged$")

    def credentials(self):
        return {
            "login": "password",
            "username": "sandbox-user",
            "password": "sandbox-password",
            "base_url": self.sandbox.url("klicktipp"),
        }

    def wrong_credentials(self):
        return self.credentials() | {"password": "wrong-password"}

    def secrets(self):
        session = self.connector._api.auth.headers()["Cookie"].partition("=")[2]
        return ["sandbox-password", "wrong-password", session]


class DeveloperSide(KlickTippSide):
    """A partner's keys, without a session. A wrong key is told as a missing right."""

    def credentials(self):
        return {
            "login": "developer",
            "username": "sandbox-user",
            "developer_key": "0123456789abcdef",
            "customer_key": "customer-key",
            "base_url": self.sandbox.url("klicktipp"),
        }

    def wrong_credentials(self):
        return KlickTippSide.wrong_credentials(self) | {
            "login": "password",
            "password": "wrong-password",
        }

    def secrets(self):
        cipher = self.connector._api.auth.headers()["X-Ci"]
        return ["0123456789abcdef", "customer-key", cipher]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestKlickTipp(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.tools["klicktipp"].switches["awkward"] = False
        return KlickTippSide(sandbox)


class TestAwkwardKlickTipp(HttpContractTests):
    """The same with keys in place of a session, and with every oddity."""

    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.tools["klicktipp"].switches["awkward"] = AWKWARD
        return DeveloperSide(sandbox)
