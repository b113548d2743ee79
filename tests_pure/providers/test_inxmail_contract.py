"""Inxmail fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide


class InxmailSide(SandboxSide):
    code = "inxmail"
    first, last = "Vorname", "Nachname"
    write_call = ("POST", r"/imports/recipients$")
    read_call = ("GET", r"/recipients$")

    def credentials(self):
        return {
            "customer": "sandbox",
            "key": "sandbox-key",
            "secret": "sandbox-secret",
            "base_url": self.sandbox.url("inxmail"),
        }

    def wrong_credentials(self):
        return self.credentials() | {"secret": "wrong-secret"}

    def secrets(self):
        return ["sandbox-secret", "wrong-secret"]

    def invite(self):
        """The list asks who comes."""
        self.sandbox.tools["inxmail"].configure(self.list_id, double_opt_in=True)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


#: readings of what no source tells, one way and the other
READINGS = {
    "event_time_key": ("creationDate", "eventDate"),
    "import_error_value": ("address", "line"),
    "conflict_status": (409, 400),
    "job_polls": (1, 3),
}


class TestInxmail(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(**{name: one for name, (one, _) in READINGS.items()})
        return InxmailSide(sandbox)


class TestInxmailReadOtherwise(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(**{name: other for name, (_, other) in READINGS.items()})
        return InxmailSide(sandbox)
