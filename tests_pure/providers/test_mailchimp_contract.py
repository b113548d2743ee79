"""Mailchimp fulfils the contract, against the sandbox."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter_sync.connectors.contract import Join, MemberRef
from newsletter_sync.connectors.oauth import MemoryTokenStore
from newsletter_sync.sandbox.dialects.mailchimp.account import KEY
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.contract import ANNA, BOB, CARLA, draft
from newsletter_sync.tests_pure.contract_http import HttpContractTests
from newsletter_sync.tests_pure.sandbox_side import SandboxSide

WRONG_KEY = "f" * 32 + "-us19"


class MailchimpSide(SandboxSide):
    code = "mailchimp"
    first, last = "FNAME", "LNAME"
    write_call = ("POST", r"/lists/\w+$")
    read_call = ("GET", r"/lists/\w+/members$")

    def credentials(self):
        return {
            "login": "key",
            "api_key": KEY,
            "base_url": self.sandbox.url("mailchimp"),
        }

    def wrong_credentials(self):
        return self.credentials() | {"api_key": WRONG_KEY}

    def secrets(self):
        return [KEY, WRONG_KEY]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def fresh(sandbox, **switches):
    sandbox.reset()
    tool = sandbox.tools["mailchimp"]
    tool.switches.update(type(tool).defaults)
    tool.switches.update(switches)
    return MailchimpSide(sandbox)


class TestMailchimp(HttpContractTests):
    @pytest.fixture
    def side(self, sandbox):
        return fresh(sandbox)


class TestAwkwardMailchimp(HttpContractTests):
    """The same, with all that sources disagree about the other way round."""

    @pytest.fixture
    def side(self, sandbox):
        # "tag_case" changes the names of tags, see test_mailchimp.py
        return fresh(
            sandbox,
            awkward={"no_type", "html_errors", "some_tags"},
            since_inclusive=True,
            tags_touch=True,
            list_archived=False,
        )


def test_logging_in_on_mailchimps_page(sandbox):
    side = fresh(sandbox)
    app = {"client_id": "sandbox-id", "client_secret": "sandbox-secret"}
    given = side.credentials() | {"login": "oauth", "api_key": "", **app}
    speak = side.connect(given, tokens=MemoryTokenStore())
    back = "http://127.0.0.1:8069/back"
    url = speak.authorize_url(back, "state-1")
    answer = requests.get(url, allow_redirects=False, timeout=10)
    (code,) = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    speak.exchange_code(code, back)
    assert speak.account().name == "Sandbox"
    assert speak.tokens.load().expires_at is None


def test_a_tag_as_a_list(sandbox):
    side = fresh(sandbox, awkward={"tag_case", "some_tags"})
    speak, audience = side.connector, side.list_id
    many = frozenset({"VIP", "Odoo.a", "Odoo.b", "Odoo.c"})
    side.write(draft(ANNA, tags_add=many), BOB)
    lists = {each.name: each for each in speak.lists() if each.parent == audience}
    vip = lists["vip"]  # the tool may tell another case
    side.write(draft(ANNA, tags_remove=frozenset({"odoo.A"})))
    assert side.members()[ANNA].tags == {"vip", "odoo.b", "odoo.c"}
    assert list(side.members(vip.remote_id)) == [ANNA]
    # Bob has not the tag: he is not asked for it, but takes a plain transmission
    speak.upsert(vip.remote_id, [draft(BOB, join=Join.NEVER)])
    speak.upsert(vip.remote_id, [draft(BOB, join=Join.ASK)])
    assert side.status(BOB, vip.remote_id) is None
    speak.upsert(vip.remote_id, [draft(BOB), draft(CARLA, join=Join.ASK)])
    found = side.members(vip.remote_id)
    assert {email: one.status for email, one in found.items()} == {
        ANNA: Status.SUBSCRIBED,
        BOB: Status.SUBSCRIBED,
        CARLA: Status.PENDING,
    }
    speak.remove(vip.remote_id, MemberRef(ANNA))
    assert side.status(ANNA, vip.remote_id) is None
    assert side.status(ANNA) is Status.SUBSCRIBED
    speak.unsubscribe(vip.remote_id, MemberRef(BOB))
    assert side.status(BOB) is Status.UNSUBSCRIBED


def test_the_archive_hides_who_left(sandbox):
    side = fresh(sandbox)
    side.write(ANNA)
    side.act("unsubscribe", ANNA)
    side.act("archive", ANNA)
    assert side.members() == {}
    for join in Join:
        side.write(draft(ANNA, join=join, **{side.first: "Anna"}))
    assert side.members() == {}
    assert side.reactivations() == 0
    row = side.connector.subscribe(side.list_id, draft(ANNA))
    assert row.status is Status.SUBSCRIBED
