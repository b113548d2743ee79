"""Inxmail at the sandbox, and Inxmail whose answers are written by hand."""

import pytest

from newsletter_sync.connectors.providers.inxmail import Inxmail
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.providers.test_inxmail_contract import InxmailSide
from newsletter_sync.tests_pure.scripted_http import Clock, ScriptedHttp, transport


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def side(sandbox):
    sandbox.reset()
    sandbox.set(job_polls=1, requests_per_minute=600, max_import=20_000_000)
    return InxmailSide(sandbox)


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    login = {"customer": "acme", "key": "k", "secret": "s"}
    return Inxmail(login, transport(http, Clock()))
