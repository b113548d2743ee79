"""Brevo fulfils the contract, against the sandbox."""

import pytest

from newsletter_sync.sandbox.dialects.brevo import KEY
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide


class BrevoSide(SandboxSide):
    code = "brevo"
    first, last = "FIRSTNAME", "LASTNAME"
    write_call = ("POST", r"/contacts$")
    read_call = ("GET", r"/lists/\d+/contacts$")

    def credentials(self):
        return {
            "api_key": KEY,
            "redirect_url": "https://www.example.org/thanks",
            "base_url": self.sandbox.url("brevo"),
        }

    def wrong_credentials(self):
        return self.credentials() | {"api_key": "xkeysib-wrong"}

    def secrets(self):
        return [KEY, "xkeysib-wrong"]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


class TestBrevo(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        return BrevoSide(sandbox)


class TestOtherBrevo(HttpContractTests):
    """The same where the sources differ: codes, times, statistics that come late."""

    @pytest.fixture
    def side(self, sandbox):
        sandbox.reset()
        sandbox.set(
            duplicate_code="invalid_parameter",
            import_invalid="null",
            flat_answers=True,
            time_offset=None,
            old_counts=False,
            job_polls=3,
        )
        return BrevoSide(sandbox)
