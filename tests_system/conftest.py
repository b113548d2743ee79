"""What a system test gets: real Odoo processes on a real database, and the sandbox.

    def test_push(world, sandbox):
        world.make_people(10)
        run_id = world.approved_run()
        world.start(f"work({run_id})").kill()

Other tests share one transaction and one process; here processes commit, race and die.
One database serves the whole session; each test has people and a list of its own.
"""

import os
import random
import sys
from types import ModuleType
from unittest import mock

import pytest

from scripts.environment import places, prepare
from scripts.environment.databases import Databases

# The sandbox is part of the addon, whose own __init__ needs Odoo (see tests_pure).
parent = ModuleType(places.MODULE)
parent.__path__ = [str(places.CHECKOUT)]
sys.modules[places.MODULE] = parent

from newsletter_sync.sandbox import log
from newsletter_sync.sandbox.server import Sandbox
from tests_system.process import Mother
from tests_system.schema import Schema
from tests_system.world import World

SEED = os.environ.get("NEWSLETTER_SEED") or random.SystemRandom().randrange(10**6)


@pytest.fixture(scope="session")
def environment():
    return prepare()


@pytest.fixture(scope="session")
def databases(environment):
    return Databases(environment.postgres, environment.odoo)


@pytest.fixture(scope="session")
def installed(environment, databases):
    """A database with the addon, and what was in it before: ``(name, Schema)``."""
    with databases.temporary("system") as name:
        before = Schema.read(environment.postgres, name)
        environment.odoo.install(name, places.MODULE)
        yield name, before


@pytest.fixture(scope="session")
def mother(environment, installed, tmp_path_factory):
    """The process that all processes of the tests are forked from."""
    folder = tmp_path_factory.mktemp("processes")
    mother = Mother(environment.odoo, installed[0], folder)
    yield mother
    mother.end()


@pytest.fixture(scope="session")
def tool():
    """The one sandbox of the session; ``sandbox`` hands it out empty.

    It keeps the bodies of all requests: who was written twice stands in them.
    """
    with mock.patch.object(log, "BODIES", log.ENTRIES), Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(tool):
    tool.reset()
    return tool


@pytest.fixture
def world(environment, installed, mother, sandbox, tmp_path):
    """People in Odoo, a list in the tool, and processes that work on both."""
    world = World(environment, installed[0], mother, sandbox, tmp_path)
    yield world
    world.end()


@pytest.fixture
def chance(request):
    """Random numbers, others each time; NEWSLETTER_SEED repeats those of a session."""
    return random.Random(f"{SEED} {request.node.name}")


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"random moments: NEWSLETTER_SEED={SEED}")
