"""What the sandbox's Ghost is tested for holds for the real one, test by test."""

import inspect

import pytest

from newsletter_sync.tests_pure.sandbox import test_ghost as dialect


@pytest.fixture
def client(staff):
    """A newsletter of its own, as the sandbox's tests make theirs."""
    staff.reset()
    return dialect.Client(staff.server.url, staff.server.key)


def _needs_the_server_only(test) -> bool:
    return set(inspect.signature(test).parameters).isdisjoint(
        {"sandbox", "act", "receiver"}
    )


globals().update(
    {
        name: test
        for name, test in vars(dialect).items()
        if name.startswith("test_") and _needs_the_server_only(test)
    }
)
