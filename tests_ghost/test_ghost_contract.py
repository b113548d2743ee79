"""Ghost fulfils the contract: the same suite as the sandbox, a real server."""

import pytest

from newsletter_sync.tests_pure.contract_http import HttpContractTests
from tests_ghost.ghost_side import GhostSide


class TestRealGhost(HttpContractTests):
    #: reach no server, so the pure suite has done them
    test_nonsense_raises_nothing_but_connector_errors = None
    test_nonsense_by_webhook = None

    @pytest.fixture
    def side(self, staff):
        return GhostSide(staff)
