"""Brevo's shapes and oddities: who is written, asked, imported."""

import pytest

from newsletter_sync.connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    Invalid,
)
from newsletter_sync.sandbox.server import Sandbox
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.brevo_answers import (
    ANNA,
    ATTRIBUTES,
    BOB,
    LIST,
    bodies,
    connector,
    contact,
    expect_contact,
)
from newsletter_sync.tests_pure.providers.test_brevo_contract import BrevoSide
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    http = ScriptedHttp()
    yield http
    http.finish()


@pytest.fixture
def speak(http):
    return connector(http)


# --- writing ----------------------------------------------------------------------
def test_an_update_never_names_a_list_or_a_block(http, speak):
    http.expect("GET", "/v3/contacts/attributes", ATTRIBUTES)
    expect_contact(http, contact(emailBlacklisted=True))
    http.expect("PUT", "/v3/contacts/12", "", status=204)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, {"FIRSTNAME": "Anna"})]).rows
    assert (row.outcome, row.status) == (Outcome.UPDATED, Status.UNSUBSCRIBED)
    assert bodies(http, "PUT") == [{"attributes": {"FIRSTNAME": "Anna"}}]


def test_who_left_this_list_is_not_put_on_it(http, speak):
    expect_contact(http, contact(listIds=[8], listUnsubscribed=[7]))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert (row.outcome, row.status) == (Outcome.WRITTEN, Status.UNSUBSCRIBED)


def test_who_left_the_account_is_not_put_on_another_list(http, speak):
    expect_contact(http, contact(listIds=[8], emailBlacklisted=True))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED


def test_a_contact_that_comes_meanwhile_is_looked_at(http, speak):
    taken = {"message": "taken", "metadata": {"duplicate_identifiers": ["email"]}}
    expect_contact(http)
    http.expect("POST", "/v3/contacts", taken, status=400)
    expect_contact(http, contact(listIds=[], emailBlacklisted=True))
    (row,) = speak.upsert("7", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.BLOCKED


def test_lifting_the_block_ends_the_other_lists(http, speak):
    expect_contact(http, contact(listIds=[7, 8, 9], emailBlacklisted=True))
    http.expect("PUT", "/v3/contacts/12", "", status=204)
    expect_contact(http, contact(), name="12")
    row = speak.subscribe("7", MemberDraft(ANNA))
    assert row.status is Status.SUBSCRIBED
    assert bodies(http, "PUT") == [
        {"listIds": [7], "emailBlacklisted": False, "unlinkListIds": [8, 9]}
    ]


def test_leaving_needs_to_be_on_the_list(http, speak):
    expect_contact(http, contact(listIds=[8]))
    speak.unsubscribe("7", MemberRef(ANNA))  # and no call that blocks


# --- double opt-in ----------------------------------------------------------------
TEMPLATES = [
    {"id": 1, "name": "Please confirm", "tag": "optin", "isActive": True},
    {"id": 2, "name": "News", "tag": "", "isActive": True},
]


def test_the_only_template_asks(http, speak):
    expect_contact(http)
    http.expect("GET", "/v3/smtp/templates", {"templates": TEMPLATES, "count": 2})
    http.expect("POST", "/v3/contacts/doubleOptinConfirmation", "", status=201)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.status is Status.PENDING
    assert bodies(http, "POST") == [
        {
            "email": ANNA,
            "attributes": {},
            "includeListIds": [7],
            "templateId": 1,
            "redirectionUrl": "https://example.org/thanks",
        }
    ]


@pytest.mark.parametrize("templates", [[], [TEMPLATES[0], TEMPLATES[0] | {"id": 3}]])
def test_without_one_template_nobody_is_asked(http, speak, templates):
    expect_contact(http)
    answer = {"templates": templates, "count": len(templates)}
    http.expect("GET", "/v3/smtp/templates", answer)
    (row,) = speak.upsert("7", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert row.outcome is Outcome.REFUSED


# --- import -----------------------------------------------------------------------
def people(number):
    return [MemberDraft(f"p{n}@example.org") for n in range(number)]


def test_an_import_holds_strangers_only(http, speak):
    known = [contact(email="p0@example.org", emailBlacklisted=True, listIds=[])]
    http.expect("GET", "/v3/contacts", {"contacts": known, "count": 1})
    http.expect("GET", "/v3/contacts", {"contacts": known, "count": 1})
    http.expect("POST", "/v3/contacts/import", {"processId": 78}, status=202)
    drafts = [*people(60), MemberDraft(BOB, join=Join.NEVER)]
    answer = speak.upsert("7", drafts)
    assert answer.job == "78@1800000000@59"
    (sent,) = bodies(http, "POST")
    emails = {row["email"] for row in sent.pop("jsonBody")}
    assert emails == {f"p{n}@example.org" for n in range(1, 60)}
    assert sent == {
        "listIds": [7],
        "updateExistingContacts": False,
        "disableNotification": True,
    }


def test_a_large_account_is_not_read_for_few(http, speak):
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 60_001})
    names = [f"p{n}%40example.org" for n in range(10, 70)]
    for name in names * 2:
        expect_contact(http, contact(), name=name)
    answer = speak.upsert("7", people(70)[10:])
    assert not answer.job
    assert {row.outcome for row in answer.rows} == {Outcome.WRITTEN}


def test_an_import_that_is_refused(http, speak):
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 0})
    http.expect("GET", "/v3/contacts", {"contacts": [], "count": 0})
    http.expect("POST", "/v3/contacts/import", {"message": "too large"}, status=400)
    for n in range(10, 70):
        expect_contact(http, contact(), name=f"p{n}%40example.org")
    assert len(speak.upsert("7", people(70)[10:]).rows) == 60


JOB = "78@1800000000@2"


@pytest.mark.parametrize("state", ["queued", "processing", "suspended"])
def test_an_import_that_runs(http, speak, state):
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    http.expect("GET", "/v3/processes/78", {"status": state})
    assert speak.poll("7", JOB, people(2)).job == JOB


def test_processes_may_be_asked_for_seldom(http, speak):
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    wait = {"x-sib-ratelimit-reset": "3000"}
    http.expect("GET", "/v3/processes/78", {}, status=429, headers=wait)
    assert speak.poll("7", JOB, people(2)).job == JOB


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_the_end_is_read_back(http, speak, state):
    """Who has arrived is done, who has not is written singly."""
    rows = [contact(email="p0@example.org")]
    http.expect("GET", LIST + "/contacts", {"contacts": [], "count": 1})
    http.expect("GET", "/v3/processes/78", {"status": state, "info": {"import": None}})
    http.expect("GET", LIST + "/contacts", {"contacts": rows, "count": 1})
    expect_contact(http, name="p1%40example.org")
    bad = {"code": "invalid_parameter", "message": "Invalid email address"}
    http.expect("POST", "/v3/contacts", bad, status=400)
    done, refused = speak.poll("7", JOB, people(2)).rows
    assert (done.outcome, done.remote_id) == (Outcome.WRITTEN, "12")
    assert refused.refusal is Refusal.INVALID
    assert "modifiedSince=2027-01-15T07%3A49%3A59.000Z" in http.sent[0].url


@pytest.mark.parametrize("job", ["", "78", "78@x@2", "../x@1@2"])
def test_no_import_of_ours(speak, job):
    with pytest.raises(Invalid):
        speak.poll("7", job, [])


# --- a real run against the sandbox -----------------------------------------------
@pytest.mark.parametrize("lifts", [True, False])
def test_nobody_blocked_is_ever_in_an_import(lifts):
    with Sandbox() as sandbox:
        sandbox.set(import_lifts_block=lifts)
        side = BrevoSide(sandbox)
        blocked = [f"p{n}@example.org" for n in range(10)]
        side.write(*blocked[:5])
        side.connector.upsert(side.other_list, [MemberDraft(e) for e in blocked[5:]])
        for email in blocked:
            side.connector.unsubscribe_everywhere(MemberRef(email))
        rows = side.write(*(f"p{n}@example.org" for n in range(200)))
        assert [row.status for row in rows[:5]] == [Status.UNSUBSCRIBED] * 5
        assert {row.refusal for row in rows[5:10]} == {Refusal.BLOCKED}
        assert all(row.status is Status.SUBSCRIBED for row in rows[10:])
        assert side.calls(("POST", "/contacts/import$")) == 1
        assert side.reactivations() == 0
