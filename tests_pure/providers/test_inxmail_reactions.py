"""Whether Inxmail may record who opens and clicks: told for people who are new."""

import pytest

from newsletter_sync.connectors.contract import Join, MemberDraft
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.tests_pure.contract import ANNA, BOB

from .test_inxmail_contract import InxmailSide

KEY = "trackingPermission"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def side(sandbox):
    sandbox.reset()
    sandbox.set(job_polls=1)
    return InxmailSide(sandbox)


def _permission(side, email):
    member = side.sandbox.store.member(int(side.list_id), email)
    return member.data.get(KEY, "")


@pytest.mark.parametrize(
    ("reactions", "kept"), [(True, "GRANTED"), (False, ""), (None, "")]
)
def test_an_import_grants_it_for_new_people(side, reactions, kept):
    side.write(MemberDraft(ANNA, reactions=reactions), MemberDraft(BOB))
    assert _permission(side, ANNA) == kept
    assert _permission(side, BOB) == ""


def test_who_is_on_the_list_is_not_asked_again(side):
    side.write(MemberDraft(ANNA))
    side.write(MemberDraft(ANNA, reactions=True))
    assert _permission(side, ANNA) == ""


@pytest.mark.parametrize(
    ("reactions", "kept"), [(True, "GRANTED"), (False, "DENIED"), (None, "")]
)
def test_a_subscription_tells_it(side, reactions, kept):
    draft = MemberDraft(ANNA, join=Join.SUBSCRIBE, reactions=reactions)
    side.connector.subscribe(side.list_id, draft)
    assert _permission(side, ANNA) == kept
