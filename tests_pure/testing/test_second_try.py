"""A build machine tries the tests that wait for other programs twice, and says so."""

import sys
from types import SimpleNamespace

import pytest

from scripts.environment import places
from scripts.testing import pytest_suite, report

_UNSTEADY = """
from pathlib import Path

def test_steady():
    pass

def test_unsteady():
    mark = Path(__file__).with_name("mark")
    first = not mark.exists()
    mark.touch()
    assert not first

def test_broken():
    assert {broken} == 0
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """Call with whether a test is broken: the folder's outcome of two tries."""
    monkeypatch.setattr(places, "CHECKOUT", tmp_path)
    monkeypatch.setattr(places, "LOGS", tmp_path)
    folder = tmp_path / "tests_waiting"
    folder.mkdir()
    # as our own folders have one, which makes the names of modules shorter
    (folder / "pytest.ini").write_text("[pytest]\n")

    def run(*, broken: bool, again: bool):
        (folder / "test_it.py").write_text(_UNSTEADY.format(broken=int(broken)))
        environment = SimpleNamespace(
            virtualenv=SimpleNamespace(python=sys.executable),
            odoo=SimpleNamespace(environ=None),
        )
        return pytest_suite.run(environment, "waiting", "tests_waiting", "", again)

    return run


def test_who_passes_at_the_second_try_is_named(suite, capsys):
    outcome = suite(broken=False, again=True)
    assert outcome.failures == []
    assert outcome.passed == 3
    assert outcome.unsteady == ["test_it.test_unsteady"]
    assert report.show([outcome])
    assert "UNSTEADY (waiting), passed at the second try" in capsys.readouterr().out


def test_who_fails_twice_has_failed(suite):
    outcome = suite(broken=True, again=True)
    assert outcome.failures == ["test_it.test_broken"]
    assert not report.show([outcome])


def test_without_a_second_try_the_first_counts(suite):
    outcome = suite(broken=False, again=False)
    assert outcome.failures == ["test_it.test_unsteady"]
    assert outcome.unsteady == []
