"""What the sandbox's Mailman is tested for holds for the real one, test by test."""

import inspect

import pytest

from newsletter_sync.tests_pure.sandbox import test_mailman as dialect
from scripts.mailman.staff import DOMAIN


class RealClient(dialect.Client):
    """The same client, at the real server's address."""

    def __init__(self, server):
        self.base = f"{server.url}/3.1"


@pytest.fixture
def client(staff):
    """An empty list, made afresh as the sandbox's tests make theirs."""
    staff.reset()
    client = RealClient(staff.server)
    client("POST", "/lists", {"fqdn_listname": f"weekly@{DOMAIN}"})
    return client


def _needs_the_server_only(test) -> bool:
    return set(inspect.signature(test).parameters).isdisjoint({"sandbox", "act"})


globals().update(
    {
        name: test
        for name, test in vars(dialect).items()
        if name.startswith("test_") and _needs_the_server_only(test)
    }
)
