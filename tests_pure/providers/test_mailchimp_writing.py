"""Mailchimp's shapes and oddities: who is written, comes back, leaves."""

import json

import pytest
import requests

from newsletter_sync.connectors.contract import (
    Join,
    MemberDraft,
    MemberRef,
    Outcome,
    Refusal,
)
from newsletter_sync.connectors.errors import (
    BadAnswer,
    Conflict,
)
from newsletter_sync.connectors.providers.mailchimp import mapping
from newsletter_sync.sync.vocabulary import Status
from newsletter_sync.tests_pure.providers.mailchimp_answers import (
    ANNA,
    AUDIENCE,
    BOB,
    CARLA,
    FIELDS,
    HASH,
    MEMBER,
    SINCE,
    VIP,
    connector,
    member,
    problem,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


@pytest.fixture
def speak(http):
    """One that knows the audience."""
    speak = connector(http)
    speak._known_audiences.add("abc")
    return speak


# --- writing ------------------------------------------------------------------
def batch(http, new=(), errors=()):
    answer = {"new_members": list(new), "updated_members": [], "errors": list(errors)}
    http.expect("POST", AUDIENCE, answer)


def error(email, text, code="ERROR_GENERIC", **more):
    return {"email_address": email, "error": text, "error_code": code, **more}


def test_newcomers_never_touch_who_is_known(http, speak):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    batch(http, [member(BOB)], [error(ANNA, "x", "ERROR_CONTACT_EXISTS")])
    http.expect("PATCH", MEMBER, member(status="unsubscribed"))
    drafts = [
        MemberDraft(ANNA, {"FNAME": "Anna"}),
        MemberDraft(BOB, opt_in_at=SINCE, opt_in_ip="192.0.2.1"),
    ]
    anna, bob = speak.upsert("abc", drafts).rows
    assert (anna.outcome, anna.status) == (Outcome.UPDATED, Status.UNSUBSCRIBED)
    assert (bob.outcome, bob.status) == (Outcome.CREATED, Status.SUBSCRIBED)
    _, sent, patched = http.bodies()
    assert sent["update_existing"] is False
    assert sent["members"][0]["status"] == "subscribed"
    assert sent["members"][1]["timestamp_opt"] == "2026-01-01T12:00:00+00:00"
    assert patched == {"merge_fields": {"FNAME": "Anna"}}


def test_asking_is_pending(http, speak):
    batch(http, [member(status="pending")])
    draft = MemberDraft(ANNA, join=Join.ASK, opt_in_ip="192.0.2.1")
    (row,) = speak.upsert("abc", [draft]).rows
    assert row.status is Status.PENDING
    (body,) = http.bodies()
    assert body["members"] == [{"email_address": ANNA, "status": "pending"}]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (error(ANNA, f"{ANNA} looks fake or invalid, please …"), Refusal.INVALID),
        (error(ANNA, "Please provide a valid email address."), Refusal.INVALID),
        (error(ANNA, f"{ANNA} is in a compliance state due to …"), Refusal.COMPLIANCE),
        (error(ANNA, f"{ANNA} was permanently deleted and …"), Refusal.FORGOTTEN),
        (error(ANNA, "has signed up to a lot of lists"), Refusal.TOO_MANY_SIGNUPS),
        (
            error(ANNA, "wrong", field="AGE", field_message="Please enter a number"),
            Refusal.FIELD,
        ),
        (error(ANNA.upper(), "something else"), Refusal.OTHER),
    ],
)
def test_refused_rows_of_a_batch(http, speak, told, refusal):
    batch(http, [member(BOB)], [told])
    anna, bob = speak.upsert("abc", [MemberDraft(ANNA), MemberDraft(BOB)]).rows
    assert (anna.outcome, anna.refusal) == (Outcome.REFUSED, refusal)
    assert bob.outcome is Outcome.CREATED


def test_a_row_that_no_answer_names_is_unknown(http, speak):
    batch(http, [member(CARLA)])
    (row,) = speak.upsert("abc", [MemberDraft(ANNA)]).rows
    assert row.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("answer", [{}, {"new_members": []}, [], "ok"])
def test_a_batch_without_its_lists(http, speak, answer):
    http.expect("POST", AUDIENCE, json.dumps(answer))
    with pytest.raises(BadAnswer):
        speak.upsert("abc", [MemberDraft(ANNA)])


def test_batches_have_500_rows(http, speak):
    for _ in range(2):
        batch(http)
    drafts = [MemberDraft(f"p{n}@example.org") for n in range(501)]
    assert len(speak.upsert("abc", drafts).rows) == 501
    assert [len(body["members"]) for body in http.bodies()] == [500, 1]


@pytest.mark.parametrize(
    ("status", "body", "outcome", "refusal"),
    [
        (404, problem("Resource Not Found"), Outcome.SKIPPED, None),
        (
            400,
            problem(
                "Invalid Resource",
                "Your merge fields were invalid.",
                errors=[{"field": "AGE", "message": "Please enter a number"}],
            ),
            Outcome.REFUSED,
            Refusal.FIELD,
        ),
        (
            400,
            problem("Invalid Resource", f"{ANNA} looks fake or invalid, please …"),
            Outcome.REFUSED,
            Refusal.INVALID,
        ),
        (
            400,
            problem("Forgotten Email Not Subscribed", "…"),
            Outcome.REFUSED,
            Refusal.FORGOTTEN,
        ),
        (200, member(status="archived"), Outcome.REFUSED, Refusal.COMPLIANCE),
    ],
)
def test_an_update(http, speak, status, body, outcome, refusal):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    http.expect("PATCH", MEMBER, body, status=status)
    draft = MemberDraft(ANNA, {"AGE": 5}, join=Join.NEVER)
    (row,) = speak.upsert("abc", [draft]).rows
    assert (row.outcome, row.refusal) == (outcome, refusal)
    assert "status" not in http.bodies()[1]


@pytest.mark.parametrize("name", ["NOSUCH", "ADDRESS"])
def test_what_cannot_be_written_is_refused(http, speak, name):
    http.expect("GET", AUDIENCE + "/merge-fields", FIELDS)
    (row,) = speak.upsert("abc", [MemberDraft(ANNA, {name: "x"})]).rows
    assert row.refusal is Refusal.FIELD


def test_tags_of_a_member(http, speak):
    http.expect("GET", MEMBER, member())
    http.expect("POST", MEMBER + "/tags", "", status=204)
    add, remove = frozenset({"VIP", "both"}), frozenset({"old", "both"})
    draft = MemberDraft(ANNA, join=Join.NEVER, tags_add=add, tags_remove=remove)
    speak.upsert("abc", [draft])
    assert http.bodies()[1]["tags"] == [
        {"name": "old", "status": "inactive"},
        {"name": "VIP", "status": "active"},
        {"name": "both", "status": "active"},
    ]


@pytest.mark.parametrize("join", list(Join))
def test_a_tag_as_a_list(http, speak, join):
    """Anna is new, Bob is in the audience without the tag."""
    exists = error(BOB, "x", "ERROR_CONTACT_EXISTS")
    if join is not Join.NEVER:
        batch(http, [member()], [exists])
    else:
        http.expect("GET", MEMBER, problem("Resource Not Found"), status=404)
    bob = f"{AUDIENCE}/members/{mapping.subscriber_hash(BOB)}"
    http.expect("GET", bob, member(BOB))
    if join is not Join.NEVER:
        http.expect("POST", AUDIENCE + "/segments/49", {"errors": []})
    drafts = [MemberDraft(ANNA, join=join), MemberDraft(BOB, join=join)]
    rows = speak.upsert("abc/49", drafts).rows
    tagged = {Join.SUBSCRIBE: [ANNA, BOB], Join.ASK: [ANNA], Join.NEVER: []}[join]
    done = [row.email for row in rows if row.outcome is not Outcome.SKIPPED]
    assert done == tagged
    if tagged:
        assert http.bodies()[-1]["members_to_add"] == tagged


# --- coming back, leaving -----------------------------------------------------
@pytest.mark.parametrize(
    ("known", "join", "sent"),
    [
        (None, Join.SUBSCRIBE, {}),
        (None, Join.ASK, {}),
        ("unsubscribed", Join.SUBSCRIBE, {"status": "subscribed"}),
        ("unsubscribed", Join.ASK, {"status": "pending"}),
        ("archived", Join.SUBSCRIBE, {"status": "subscribed"}),
        ("subscribed", Join.ASK, {}),
        ("subscribed", Join.SUBSCRIBE, {}),
    ],
)
def test_subscribe(http, speak, known, join, sent):
    if known:
        http.expect("GET", MEMBER, member(status=known))
    else:
        http.expect("GET", MEMBER, problem("Resource Not Found"), status=404)
    http.expect("PUT", MEMBER, member())
    row = speak.subscribe("abc", MemberDraft(ANNA, join=join))
    assert row.outcome is (Outcome.UPDATED if known else Outcome.CREATED)
    new = "pending" if join is Join.ASK else "subscribed"
    assert http.bodies()[1] == {"email_address": ANNA, "status_if_new": new} | sent


@pytest.mark.parametrize(
    ("title", "refusal"),
    [
        ("Member In Compliance State", Refusal.COMPLIANCE),
        ("Forgotten Email Not Subscribed", Refusal.FORGOTTEN),
    ],
)
def test_a_way_back_that_is_closed(http, speak, title, refusal):
    http.expect("GET", MEMBER, member(status="unsubscribed"))
    http.expect("PUT", MEMBER, problem(title, f"{ANNA} cannot be …"), status=400)
    row = speak.subscribe("abc", MemberDraft(ANNA))
    assert (row.outcome, row.refusal) == (Outcome.REFUSED, refusal)


def test_subscribe_under_another_address(http, speak):
    http.expect("GET", AUDIENCE + "/members/contact-1", member(BOB))
    with pytest.raises(Conflict):
        speak.subscribe("abc", MemberDraft(ANNA, remote_id="contact-1"))


def test_an_unsure_mail_is_not_sent_twice(http, speak):
    http.expect("GET", MEMBER, member(status="unsubscribed"))
    http.expect("PUT", MEMBER, requests.ConnectionError("cut"))
    with pytest.raises(Exception, match="connection"):
        speak.subscribe("abc", MemberDraft(ANNA, join=Join.ASK))


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "archived"])
def test_who_is_off_keeps_the_reason(http, speak, status):
    http.expect("GET", MEMBER, member(status=status))
    speak.unsubscribe("abc", MemberRef(ANNA))


def test_leaving_by_a_tag_means_the_audience(http, speak):
    http.expect("GET", MEMBER, member(tags=VIP, tags_count=2))
    http.expect("PATCH", MEMBER, member(status="unsubscribed"))
    speak.unsubscribe("abc/49", MemberRef(ANNA))
    http.expect("GET", MEMBER, member())  # has not the tag
    speak.unsubscribe("abc/49", MemberRef(ANNA))


def test_removing_from_a_tag_takes_the_tag(http, speak):
    http.expect("GET", MEMBER, member(tags=VIP, tags_count=2))
    http.expect("POST", AUDIENCE + "/segments/49", {"errors": []})
    speak.remove("abc/49", MemberRef(ANNA))
    assert http.bodies()[1]["members_to_remove"] == [ANNA]


def test_who_cannot_be_archived(http, speak):
    http.expect("GET", MEMBER, member(status="pending"))
    detail = "This list member cannot be removed. Can not archive …"
    body = problem("Method Not Allowed", detail, 405)
    http.expect("DELETE", MEMBER, body, status=405)
    with pytest.raises(Conflict):
        speak.remove("abc", MemberRef(ANNA))


def test_a_new_address_is_looked_up_in_every_audience_first(http, speak):
    http.expect("GET", "/3.0/lists", {"lists": [{"id": "abc"}, {"id": "def"}]})
    http.expect("GET", MEMBER, member())
    other = "/3.0/lists/def/members/"
    http.expect("GET", other + HASH, problem("Resource Not Found"), status=404)
    bob = mapping.subscriber_hash(BOB)
    http.expect("GET", f"{AUDIENCE}/members/{bob}", member(BOB))
    with pytest.raises(Conflict):
        speak.change_address(MemberRef(ANNA), BOB)
