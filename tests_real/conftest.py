"""What a test against a real tool gets: a running GNU Mailman, and its mails.

One server serves the whole session; each test finds it without people (see ``reset``).
"""

import sys
from types import ModuleType

import pytest

from scripts.environment import places
from scripts.environment.console import Failure
from scripts.mailman import MailmanServer, provide

# The root's own __init__ needs Odoo (see tests_pure).
parent = ModuleType(places.MODULE)
parent.__path__ = [str(places.CHECKOUT)]
sys.modules[places.MODULE] = parent

for module in ("contract", "contract_consent", "contract_http"):
    pytest.register_assert_rewrite(f"{places.MODULE}.tests_pure.{module}")

from scripts.mailman.staff import Staff
from tests_real.mailman_side import MailmanSide
from tests_real.sink import Sink


@pytest.fixture(scope="session")
def sink():
    """Where Mailman's mails arrive."""
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def server(sink, tmp_path_factory):
    try:
        programs = provide()
    except Failure as failure:
        pytest.skip(f"Mailman cannot be installed here: {failure}")
    with MailmanServer(programs, tmp_path_factory.mktemp("mailman"), sink.port) as it:
        yield it


@pytest.fixture(scope="session")
def staff(server):
    """The hand inside the server, with two lists."""
    return Staff(server)


@pytest.fixture
def side(staff, sink):
    staff.reset()
    sink.clear()
    return MailmanSide(staff)
