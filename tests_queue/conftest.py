"""What a queue test gets: the stage of tests_system, with OCA's queue_job beside.

Its Odoo has two worker processes and the queue's own runner, as in production. Where
the queue cannot be fetched, all of these tests are skipped and say so; on a build
machine they fail, unless NEWSLETTER_OFFLINE=1 says that it has no network.
"""

import os

import pytest

from scripts import queue_job
from scripts.environment import places, prepare
from scripts.environment.console import Failure
from tests_system import conftest as stage
from tests_system.schema import Schema

# fixtures of the same stage
databases, mother, sandbox = stage.databases, stage.mother, stage.sandbox
tool, world = stage.tool, stage.world


@pytest.fixture(scope="session")
def environment():
    found = prepare()
    try:
        packages = queue_job.provide(found.virtualenv)
    except Failure as failure:
        if os.environ.get("CI") and not os.environ.get("NEWSLETTER_OFFLINE"):
            pytest.fail(f"{failure} Or say that there is none: NEWSLETTER_OFFLINE=1.")
        pytest.skip(str(failure))
    return found._replace(odoo=found.odoo.beside(packages, "queue_job"))


@pytest.fixture(scope="session")
def installed(environment, databases):
    """A database with the addon and the queue; the glue installs itself."""
    with databases.temporary("queue") as name:
        before = Schema.read(environment.postgres, name)
        environment.odoo.install(name, places.MODULE, "queue_job")
        yield name, before


@pytest.fixture
def workers(environment, world):
    """Odoo with two workers that take jobs, and nobody else to carry out runs."""
    environ = {**environment.odoo.environ, "ODOO_QUEUE_JOB_CHANNELS": "root:2"}
    odoo = environment.odoo._replace(environ=environ)
    # the scheduled action, which begins runs, is called by the tests
    options = ("--max-cron-threads=0",)
    with odoo.serving(world.database, *options, workers=2):
        yield
