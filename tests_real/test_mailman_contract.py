"""GNU Mailman 3 fulfils the contract: the same suite as the sandbox, a real server."""

import pytest

from newsletter_sync.tests_pure.contract_http import HttpContractTests
from tests_real.mailman_side import MailmanSide


class TestRealMailman(HttpContractTests):
    #: reach no server, so the pure suite has done them
    test_nonsense_raises_nothing_but_connector_errors = None
    test_nonsense_by_webhook = None

    @pytest.fixture
    def side(self, staff):
        staff.reset()
        return MailmanSide(staff)
