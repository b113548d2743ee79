"""KlickTipp's shapes and oddities: who is written, comes back, leaves."""

import pytest

from newsletter_sync.connectors.contract import (
    Join,
    ListDraft,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    Conflict,
    Invalid,
    NotFound,
    ServerFault,
    Unsupported,
)
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.klicktipp_answers import (
    ANNA,
    BOB,
    SESSION,
    TAGS,
    connector,
    contact,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    """Logged in, and with the tags read."""
    http.expect("POST", "/account/login", SESSION)
    http.expect("GET", "/tag", TAGS)
    speak = connector(http)
    speak.lists()
    return speak


# --- writing ------------------------------------------------------------------
def search(http, found=None):
    if found is None:
        http.expect("POST", "/subscriber/search", ["no such entity"], status=404)
    else:
        http.expect("POST", "/subscriber/search", [5])
        http.expect("GET", "/subscriber/5", found)


def processes(http):
    http.expect("GET", "/list", {"3": "", "23": "Einfach"})
    http.expect("GET", "/list/3", {"listid": 3, "usesingleoptin": False})
    http.expect("GET", "/list/23", {"listid": 23, "usesingleoptin": True})


def test_a_newcomer_joins_by_single_opt_in(http, speak):
    search(http)
    processes(http)
    http.expect("POST", "/subscriber", contact())
    (row,) = speak.upsert("21", [MemberDraft(ANNA)]).rows
    assert (row.outcome, row.status) == (Outcome.CREATED, Status.SUBSCRIBED)
    assert http.bodies()[-1] == {"email": ANNA, "tagid": 21, "listid": 23}


@pytest.mark.parametrize(
    ("join", "process", "sent"),
    [
        (Join.ASK, "", None),
        (Join.ASK, "3", 3),
        (Join.SUBSCRIBE, "3", 3),
        (Join.SUBSCRIBE, "23", 23),
    ],
)
def test_the_chosen_process_is_run(http, speak, join, process, sent):
    search(http)
    if process:
        processes(http)
    http.expect("POST", "/subscriber", contact(status="Opt-In Pending"))
    draft = MemberDraft(ANNA, join=join, opt_in_process=process)
    (row,) = speak.upsert("21", [draft]).rows
    assert row.status is Status.PENDING
    assert http.bodies()[-1].get("listid") == sent


@pytest.mark.parametrize("process", ["23", "99"])
def test_a_process_that_does_not_ask_asks_nobody(http, speak, process):
    search(http)
    processes(http)
    draft = MemberDraft(ANNA, join=Join.ASK, opt_in_process=process)
    (row,) = speak.upsert("21", [draft]).rows
    assert (row.outcome, row.refusal) == (Outcome.REFUSED, Refusal.OTHER)


def test_without_single_opt_in_nobody_is_mailed_by_mistake(http, speak):
    search(http)
    http.expect("GET", "/list", {"3": ""})
    http.expect("GET", "/list/3", {"listid": 3, "usesingleoptin": False})
    (row,) = speak.upsert("21", [MemberDraft(ANNA)]).rows
    assert row.refusal is Refusal.OTHER


@pytest.mark.parametrize(
    "status", ["Subscribed", "Opt-In Pending", "Unsubscribed", "Bounced?"]
)
def test_who_is_known_meets_no_opt_in_process(http, speak, status):
    known = contact(status=status, tags=[], manual_tags={}, fieldFirstName="A")
    http.expect("GET", "/field", {"fieldFirstName": "Vorname"})
    search(http, known)
    http.expect("PUT", "/subscriber/5", [True])
    http.expect("POST", "/subscriber/tag", [True])
    values = {"fieldFirstName": "Anna"}
    (row,) = speak.upsert("21", [MemberDraft(ANNA, values)]).rows
    assert row.outcome is Outcome.UPDATED
    assert http.bodies()[-2:] == [
        {"fields": {"fieldFirstName": "Anna"}},
        {"email": ANNA, "tagids": [21]},
    ]


@pytest.mark.parametrize("join", [Join.ASK, Join.NEVER])
def test_who_has_not_the_tag_is_not_given_it_without_a_word(http, speak, join):
    search(http, contact(tags=[], manual_tags={}))
    (row,) = speak.upsert("21", [MemberDraft(ANNA, join=join)]).rows
    assert row.outcome is Outcome.SKIPPED


def test_the_id_saves_a_search(http, speak):
    http.expect("GET", "/subscriber/5", contact())
    (row,) = speak.upsert("21", [MemberDraft(ANNA.upper(), remote_id="5")]).rows
    assert row.remote_id == "5"
    http.expect("GET", "/subscriber/5", contact(email=BOB))
    search(http, contact(id="6"))
    (row,) = speak.upsert("21", [MemberDraft(ANNA, remote_id="5")]).rows
    assert row.remote_id == "6"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"error": 5}, Refusal.INVALID),
        ({"error": 10, "code": 5}, Refusal.INVALID),
        ({"error": 10, "code": 30}, Refusal.BLOCKED),
        ({"error": 6}, Refusal.OTHER),
        ({"error": 8, "field": "field1", "reason": "integer"}, Refusal.FIELD),
        ({"error": 7, "field": "field1", "name": "Umsatz"}, Refusal.FIELD),
    ],
)
def test_refusals_are_told_by_number(http, speak, body, refusal):
    search(http)
    http.expect("POST", "/subscriber", body, status=406)
    (row,) = speak.upsert("21", [MemberDraft(ANNA, join=Join.ASK)]).rows
    assert (row.outcome, row.refusal) == (Outcome.REFUSED, refusal)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (406, {"error": 12}, ServerFault),
        (406, {"error": 10, "code": 12}, ServerFault),
        (406, {"error": 403}, NotFound),
        (401, {"error": 32}, Invalid),
        (406, ["irgendetwas"], Invalid),
    ],
)
def test_what_is_no_refusal_of_a_row_leaves(http, speak, status, body, error):
    search(http)
    http.expect("POST", "/subscriber", body, status=status)
    if status == 401:  # may mean a session that ended
        http.expect("POST", "/account/login", SESSION)
        http.expect("POST", "/subscriber", body, status=status)
    with pytest.raises(error):
        speak.upsert("21", [MemberDraft(ANNA, join=Join.ASK)])


def test_a_list_is_a_new_tag(http, speak):
    http.expect("GET", "/tag", TAGS)
    http.expect("POST", "/tag", [49])
    assert speak.create_list(ListDraft("Kunden")).remote_id == "49"
    http.expect("GET", "/tag", TAGS)
    with pytest.raises(Conflict):
        speak.create_list(ListDraft("News"))


# --- coming back, leaving -----------------------------------------------------
def test_nobody_is_brought_back_directly(speak):
    with pytest.raises(Unsupported):
        speak.subscribe("21", MemberDraft(ANNA))


def test_somebody_who_left_is_asked(http, speak):
    search(http, contact(status="Unsubscribed"))
    http.expect("POST", "/subscriber", contact(status="Opt-In Pending"))
    row = speak.subscribe("21", MemberDraft(ANNA, join=Join.ASK))
    assert (row.outcome, row.status) == (Outcome.UPDATED, Status.PENDING)
    assert http.bodies()[-1] == {"email": ANNA, "tagid": 21}


def test_leaving_twice_and_while_pending(http, speak):
    search(http, contact(status="Unsubscribed"))
    speak.unsubscribe("21", MemberRef(ANNA))
    search(http, contact(status="Opt-In Pending"))
    http.expect("POST", "/subscriber/untag", [True])
    speak.unsubscribe("21", MemberRef(ANNA))
    search(http, contact(tags=[], manual_tags={}))
    speak.unsubscribe("21", MemberRef(ANNA))  # is on no list of ours


@pytest.mark.parametrize("status", ["Unsubscribed", "Subscribed"])
def test_not_subscribed_is_looked_into(http, speak, status):
    search(http, contact())
    http.expect("POST", "/subscriber/unsubscribe", {"error": 9}, status=406)
    search(http, contact(status=status))
    if status == "Unsubscribed":
        speak.unsubscribe("21", MemberRef(ANNA))
    else:
        with pytest.raises(ServerFault):
            speak.unsubscribe("21", MemberRef(ANNA))


def test_erasing_somebody_who_is_gone_meanwhile(http, speak):
    http.expect("GET", "/subscriber/5", contact())
    http.expect("DELETE", "/subscriber/5", ["gibt es nicht"], status=406)
    http.expect("GET", "/subscriber/5", "", status=404)
    speak.erase(MemberRef(ANNA, "5"))
    for nobody in (MemberRef(""), MemberRef(" ", " ")):
        with pytest.raises(Invalid):
            speak.erase(nobody)


@pytest.mark.parametrize("error", [30, 10])
def test_a_new_address_that_is_refused(http, speak, error):
    http.expect("GET", "/subscriber/5", contact())
    search(http)
    http.expect("PUT", "/subscriber/5", {"error": error, "code": 30}, status=406)
    with pytest.raises((Conflict, Invalid)):
        speak.change_address(MemberRef(ANNA, "5"), BOB)
