"""Beside OCA's mass_mailing_partner: a database that has both addons.

The addon is fetched from the package index once and kept in the cache; without it and
without a network the test is skipped.
"""

import pytest

from scripts.environment import places
from scripts.environment.console import Failure
from scripts.environment.process import run

MODULE = "mass_mailing_partner"
PACKAGE = "odoo-addon-mass-mailing-partner==19.0.1.1.0.4"


@pytest.fixture(scope="module")
def addon(environment):
    """OCA's addon beside ours, for as long as these tests take."""
    folder = places.CACHE / PACKAGE
    if not folder.exists():
        command = ("-m", "pip", "install", "--quiet", "--no-deps", "--target", folder)
        try:
            run([environment.odoo.python, *command, PACKAGE], "not fetched")
        except Failure:
            pytest.skip(f"{PACKAGE} is not in the cache and could not be fetched")
    link = places.ADDONS / MODULE
    link.unlink(missing_ok=True)
    link.symlink_to(folder / "odoo" / "addons" / MODULE)
    yield link
    link.unlink()


@pytest.fixture(scope="module", params=["before", "after"])
def database(request, environment, databases, addon):
    """Both addons, whichever came first."""
    with databases.temporary(f"beside_{request.param}") as name:
        order = [MODULE, places.MODULE]
        for module in order if request.param == "before" else reversed(order):
            environment.odoo.install(name, module)
        yield name


def test_both_addons_work_in_one_database(environment, database):
    log = places.LOGS / f"{database}.log"
    done = environment.odoo.run(
        *("-d", database, "--no-http", "--stop-after-init", "--logfile", str(log)),
        *("--test-tags", f"/{places.MODULE}:TestMassMailingPartner"),
    )
    told = log.read_text()
    assert done.returncode == 0, told[-4000:]
    assert "TestMassMailingPartner.test_" in told
    assert "skipped" not in told, "the addon is not there"
    assert "0 failed, 0 error(s) of 7 tests" in told
