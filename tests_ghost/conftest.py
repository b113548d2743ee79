"""What a test against a real Ghost gets: one server for the session, and its mails."""

import sys
from types import ModuleType

import pytest

from scripts.environment import places
from scripts.environment.console import Failure
from scripts.ghost import GhostServer, provide

# The root's own __init__ needs Odoo (see tests_pure).
parent = ModuleType(places.MODULE)
parent.__path__ = [str(places.CHECKOUT)]
sys.modules[places.MODULE] = parent

for module in ("contract", "contract_consent", "contract_http"):
    pytest.register_assert_rewrite(f"{places.MODULE}.tests_pure.{module}")

from tests_ghost.staff import Staff
from tests_real.sink import Sink


@pytest.fixture(scope="session")
def sink():
    """Where Ghost's mails arrive."""
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def server(sink, tmp_path_factory):
    try:
        package = provide()
    except Failure as failure:
        pytest.skip(f"Ghost cannot be installed here: {failure}")
    with GhostServer(package, tmp_path_factory.mktemp("ghost"), sink.port) as it:
        yield it


@pytest.fixture(scope="session")
def staff(server, sink):
    """The hand inside the server."""
    return Staff(server, sink)
