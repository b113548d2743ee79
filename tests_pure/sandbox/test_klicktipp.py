"""KlickTipp's dialect: one test for each fact of the tool that a connector meets."""

import pytest
import requests

from newsletter_sync.sandbox.dialects.klicktipp import AWKWARD
from newsletter_sync.sandbox.dialects.klicktipp.account import cipher
from newsletter_sync.sandbox.dialects.klicktipp.listbuilding import KEY

from .form_receiver import FormReceiver

ANNA = "anna@example.org"
LOGIN = {"username": "sandbox-user", "password": "sandbox-password"}


class Client:
    """Speaks to one sandbox's KlickTipp, logged in by a session."""

    def __init__(self, sandbox, login=True):
        self.base = sandbox.url("klicktipp")
        self.headers = {}
        if login:
            made = self.raw("POST", "/account/login", json=LOGIN).json()
            self.headers["Cookie"] = f"{made['session_name']}={made['sessid']}"

    def raw(self, method, path, **options):
        headers = self.headers | options.pop("headers", {})
        return requests.request(
            method, self.base + path, headers=headers, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json=json, params=params).json()

    def refused(self, method, path, json=None):
        answer = self.raw(method, path, json=json)
        return answer.status_code, answer.json()


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def tag(client):
    (id,) = client("POST", "/tag", {"name": "Customers"})
    return id


@pytest.fixture
def single(client):
    """The id of the single opt-in process."""
    return next(int(id) for id, name in client("GET", "/list").items() if name)


@pytest.fixture
def anna(client, single, tag):
    """The id of a subscribed contact with the tag."""
    body = {"email": ANNA, "listid": single, "tagid": tag}
    return client("POST", "/subscriber", body)["id"]


@pytest.fixture
def hook():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()


# --- login ------------------------------------------------------------------
def test_cipher_of_the_vendors_sample():
    wanted = "cZkWFoPs3rLacJ4OpaooJMMOcb/fLxbZpeeOzJFCGh1jdXN0b21lci1rZXk="
    assert cipher("0123456789abcdef", "customer-key") == wanted


def test_developer_key(sandbox):
    client = Client(sandbox, login=False)
    client.headers = {
        "X-Un": "sandbox-user",
        "X-Ci": cipher("0123456789abcdef", "customer-key"),
    }
    assert client("GET", "/tag") == {}
    client.headers["X-Ci"] = cipher("0123456789abcdef", "another")
    assert client.refused("GET", "/tag") == (403, ["API access denied."])


def test_session(sandbox):
    client = Client(sandbox)
    (name, _, _) = client.headers["Cookie"].partition("=")
    assert name.startswith("SSESS")
    assert client.raw("POST", "/account/login", json=LOGIN).status_code == 406
    assert client("POST", "/account/logout") == [True]
    assert client.raw("POST", "/account/logout").status_code == 406
    assert client.refused("GET", "/tag") == (403, ["API access denied."])


def test_session_ends(sandbox, client):
    assert client("GET", "/tag") == {}
    sandbox.clock.advance(3601)
    assert client.raw("GET", "/tag").status_code == 403


@pytest.mark.parametrize(
    "body, status, text",
    [
        (LOGIN | {"password": "x"}, 401, "Wrong username or password."),
        (LOGIN | {"username": 5}, 400, 'The key "username" must be a string.'),
        ({"username": "x"}, 406, "Missing required argument password"),
    ],
)
def test_login_refused(sandbox, body, status, text):
    client = Client(sandbox, login=False)
    assert client.refused("POST", "/account/login", body) == (status, [text])


def test_german_texts(sandbox, client):
    sandbox.set(language="de", permitted=False)
    assert client.refused("GET", "/tag") == (403, ["API Zugriff verweigert"])


@pytest.mark.parametrize("path", ["/list", "/list.json", "/api/list.json"])
def test_spellings_of_a_path(client, path):
    assert "" in client("GET", path).values()


# --- processes, fields, tags ------------------------------------------------
def test_processes(client, single):
    found = client("GET", "/list")
    assert sorted(found.values()) == ["", "Single Opt-in"]
    one = client("GET", f"/list/{single}")
    assert one["listid"] == single and one["usesingleoptin"] is True
    (url,) = client("POST", "/list/redirect", {"listid": single, "email": ANNA})
    assert url == one["thankyouurl"]
    assert client.raw("GET", "/list/1").status_code == 404


def test_fields_have_a_prefix_and_no_type(client):
    found = client("GET", "/field")
    assert list(found)[:2] == ["fieldFirstName", "fieldLastName"]
    own = next(name for name, label in found.items() if label == "Umsatz")
    id = own.removeprefix("field")
    assert client("GET", f"/field/{id}") == {"id": id, "name": "Umsatz"}
    assert client.raw("GET", f"/field/{own}").status_code == 404


def test_tags(client, tag):
    assert client("GET", "/tag") == {str(tag): "Customers"}
    assert client("PUT", f"/tag/{tag}", {"text": "who bought"}) == [True]
    wanted = {"tagid": str(tag), "name": "Customers", "text": "who bought"}
    assert client("GET", f"/tag/{tag}") == wanted
    for name in ("", "Customers"):
        assert client.raw("POST", "/tag", json={"name": name}).status_code == 406
    assert client("DELETE", f"/tag/{tag}") == [True]
    for method in ("GET", "DELETE", "PUT"):
        assert client.raw(method, f"/tag/{tag}", json={}).status_code == 404


# --- values -----------------------------------------------------------------
@pytest.mark.parametrize(
    "name, given, read",
    [
        ("fieldFirstName", "Zoë", "Zoë"),
        ("fieldPhone", "+49 171 5550123", "00491715550123"),
        ("fieldBirthday", "-86400", "-86400"),
        ("fieldWebsite", "https://www.example.org", "https://www.example.org"),
        ("Umsatz", "1999", "19.99"),
        ("Umsatz", "-5", "-0.05"),
        ("Kundennummer", "42", "42"),
        ("Kunde seit", "1715126400", "1715126400"),
        ("fieldLeadValue", "", ""),
        ("fieldNobodyKnows", "x", None),
    ],
)
def test_values(client, anna, name, given, read):
    labels = {label: key for key, label in client("GET", "/field").items()}
    name = labels.get(name, name)
    assert client("PUT", f"/subscriber/{anna}", {"fields": {name: given}}) == [True]
    assert client("GET", f"/subscriber/{anna}").get(name) == read


@pytest.mark.parametrize(
    "name, given",
    [
        ("fieldFirstName", "two\nlines"),
        ("fieldPhone", "0171 5550123"),
        ("fieldBirthday", "08.05.2024"),
        ("fieldWebsite", "www.example.org"),
        ("Umsatz", "19.99"),
        ("Kundennummer", "1.000"),
    ],
)
def test_values_refused(client, anna, single, name, given):
    labels = {label: key for key, label in client("GET", "/field").items()}
    key = labels.get(name, name)
    body = {"fields": {key: given, "fieldLastName": "x"}}
    status, error = client.refused("PUT", f"/subscriber/{anna}", body)
    assert (status, error["error"], error["field"]) == (406, 7, key)
    assert error["field_value"] == given and error["reason"]
    body |= {"email": ANNA, "listid": single}
    assert client.refused("POST", "/subscriber", body)[1]["error"] == 8
    assert client("GET", f"/subscriber/{anna}")["fieldLastName"] == ""


def test_unnamed_values_stay(client, anna, single):
    client("PUT", f"/subscriber/{anna}", {"fields": {"fieldFirstName": "Anna"}})
    body = {"email": ANNA.upper(), "listid": single, "fields": {"fieldCity": "Ulm"}}
    found = client("POST", "/subscriber", body)
    assert found["id"] == anna
    assert (found["fieldFirstName"], found["fieldCity"]) == ("Anna", "Ulm")


def test_bodies_as_forms(client, single, tag):
    form = {
        "email": ANNA,
        "listid": single,
        "tagid": tag,
        "fields[fieldFirstName]": "Ä",
    }
    made = client.raw("POST", "/subscriber.json", data=form).json()
    assert (made["status"], made["fieldFirstName"]) == ("Subscribed", "Ä")
    (other,) = client.raw("POST", "/tag", files={"name": (None, "Other")}).json()
    form = {"email": ANNA, "tagids[0]": tag, "tagids[1]": other}
    assert client.raw("POST", "/subscriber/tag", data=form).json() == [True]
    assert client("GET", f"/subscriber/{made['id']}")["tags"] == [str(tag), str(other)]


# --- reading ----------------------------------------------------------------
def test_a_contact(sandbox, client, single, tag):
    sandbox.clock.freeze(1735422729)  # 28 December 2024, 21:52:09 UTC
    fresh = Client(sandbox)
    body = {"email": "Anna@Example.org", "listid": single, "tagid": tag}
    found = fresh("POST", "/subscriber", body)
    wanted = {
        "email": ANNA,
        "status": "Subscribed",
        "bounce": "Not Bounced",
        "listid": str(single),
        "date": "28.12.2024 22:52:09",
        "optin": "28.12.2024 22:52:09",
        "unsubscription": "",
        "sms_phone": None,
        "fieldFirstName": "",
        "tags": [str(tag)],
        "manual_tags": {str(tag): "1735422729"},
        "emails_sent": {},
    }
    assert {key: found[key] for key in wanted} == wanted
    assert found == fresh("GET", f"/subscriber/{found['id']}")
    assert fresh("POST", "/subscriber/search", {"email": ANNA}) == [int(found["id"])]


def test_ids_by_status(sandbox, client, single, tag):
    assert client.raw("GET", "/subscriber").status_code == 404
    ids = {}
    for act in ("", "unsubscribe", "bounce", "soft_bounce", "complain"):
        email = f"{act or 'fine'}@example.org"
        body = {"email": email, "listid": single}
        ids[act] = client("POST", "/subscriber", body)["id"]
        if act:
            sandbox.act("klicktipp", act, tag, email)
    sandbox.act("klicktipp", "subscribe", tag, "new@example.org")

    def asked(**params):
        found = client("GET", "/subscriber", **params)["subscribers"]
        return {act for act, id in ids.items() if id in found}, len(found)

    assert asked() == ({"", "soft_bounce", "complain"}, 3)
    assert asked(status="unsubscribed") == ({"unsubscribe"}, 1)
    assert asked(status="pending") == (set(), 1)
    assert asked(bounceStatus="hardbounce") == ({"bounce"}, 1)
    every = "hardbounce,softbounce,spambounce,nobounce"
    assert asked(status="subscribed,pending,unsubscribed", bounceStatus=every) == (
        set(ids),
        6,
    )


def test_tagged(sandbox, client, tag, anna, single):
    sandbox.act("klicktipp", "subscribe", tag, "new@example.org")
    assert list(client("POST", "/subscriber/tagged", {"tagid": tag})) == [anna]
    for body, query in (
        ({"tagid": tag, "status": ["pending", "subscribed"]}, {}),
        ({"tagid": tag}, {"status": "pending,subscribed"}),
    ):
        found = client("POST", "/subscriber/tagged", body, **query)
        assert len(found) == 2 and all(time.isdigit() for time in found.values())
    assert client("POST", "/subscriber/tagged", {"tagid": 5}) == {}


def test_people_who_are_not_there(client):
    for method, path, body, status in (
        ("GET", "/subscriber/5", None, 404),
        ("PUT", "/subscriber/5", {}, 406),
        ("DELETE", "/subscriber/5", None, 406),
        ("POST", "/subscriber/search", {"email": ANNA}, 404),
    ):
        assert client.raw(method, path, json=body).status_code == status
    for path in ("unsubscribe", "tag", "untag"):
        body = {"email": ANNA, "tagids": [1], "tagid": 1}
        assert client.refused("POST", f"/subscriber/{path}", body) == (
            406,
            {"error": 7},
        )


# --- subscribing ------------------------------------------------------------
def test_without_a_process_a_mail_goes_out(sandbox, client):
    found = client("POST", "/subscriber", {"email": ANNA})
    assert found["status"] == "Opt-In Pending"
    (mail,) = sandbox.store.notes("mail", "klicktipp")
    assert (mail["email"], mail["purpose"]) == (ANNA, "confirm")
    page = requests.get(mail["link"], timeout=10)
    assert "<button>Confirm" in page.text
    assert client("GET", f"/subscriber/{found['id']}")["optin"] == ""
    requests.post(mail["link"], timeout=10)
    after = client("GET", f"/subscriber/{found['id']}")
    assert after["status"] == "Subscribed" and after["optin"]
    assert sandbox.store.notes("reactivation")[0]["via"] == "click"


@pytest.mark.parametrize(
    "before, process, after, came_back",
    [
        ("subscribed", "single", "Subscribed", 0),
        ("subscribed", "double", "Subscribed", 0),
        ("unsubscribed", "single", "Unsubscribed", 0),
        ("unsubscribed", "double", "Opt-In Pending", 0),
        ("pending", "double", "Opt-In Pending", 0),
        ("pending", "single", "Subscribed", 1),
    ],
)
def test_signing_up_again(
    sandbox, client, single, tag, before, process, after, came_back
):
    double = before == "pending"
    client("POST", "/subscriber", {"email": ANNA} | ({} if double else _id(single)))
    if before == "unsubscribed":
        client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    body = {"email": ANNA} | (_id(single) if process == "single" else {})
    assert client("POST", "/subscriber", body)["status"] == after
    assert len(sandbox.store.notes("reactivation")) == came_back


def _id(process):
    return {"listid": process}


@pytest.mark.parametrize(
    "body, error",
    [
        ({"email": "nonsense"}, {"error": 5}),
        ({"email": "blocked1@example.org"}, {"error": 10, "code": 30}),
        ({"email": "mailfails@example.org"}, {"error": 6}),
        ({"email": "internal@example.org"}, {"error": 12}),
        ({"email": ANNA, "listid": 5}, {"error": 402}),
        ({"email": ANNA, "tagid": 5}, {"error": 403}),
        ({}, {"error": 32}),
        ({"smsnumber": "0171"}, {"error": 11}),
    ],
)
def test_refused(client, body, error):
    assert client.refused("POST", "/subscriber", body) == (406, error)


def test_fault_by_address(sandbox, client):
    sandbox.faults.add("partial", addresses=ANNA)
    assert client.refused("POST", "/subscriber", {"email": ANNA})[1] == {"error": 5}


@pytest.mark.parametrize("status", [429, 500])
def test_faults_in_the_tools_words(sandbox, client, status):
    sandbox.faults.add("status", status=status, times=1)
    answer = client.raw("GET", "/list")
    assert answer.status_code == status and isinstance(answer.json()[0], str)


def test_wrong_verb(client):
    assert client.raw("PATCH", "/subscriber/5").status_code == 405


# --- leaving, changing ------------------------------------------------------
def test_unsubscribe_is_for_the_account_and_told_twice(client, anna, tag):
    assert client("POST", "/subscriber/unsubscribe", {"email": ANNA}) == [True]
    assert client.refused("POST", "/subscriber/unsubscribe", {"email": ANNA}) == (
        406,
        {"error": 9},
    )
    found = client("GET", f"/subscriber/{anna}")
    assert found["status"] == "Unsubscribed" and found["unsubscription"]
    assert str(tag) in found["tags"]


def test_updates_keep_the_status(sandbox, client, anna):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    client("PUT", f"/subscriber/{anna}", {"fields": {"fieldCity": "Ulm"}})
    client("PUT", f"/subscriber/{anna}", {"newemail": "new@example.org"})
    found = client("GET", f"/subscriber/{anna}")
    assert (found["status"], found["fieldCity"]) == ("Unsubscribed", "Ulm")
    assert sandbox.store.notes("reactivation") == []


def test_untag(client, anna, tag):
    for _ in range(2):
        body = {"email": ANNA, "tagid": tag}
        assert client("POST", "/subscriber/untag", body) == [True]
    assert client("GET", f"/subscriber/{anna}")["tags"] == []


def test_one_unknown_tag_gives_none(client, anna, tag):
    (other,) = client("POST", "/tag", {"name": "Other"})
    body = {"email": ANNA, "tagids": [other, 5]}
    assert client.refused("POST", "/subscriber/tag", body)[1] == {"error": 403}
    assert client("GET", f"/subscriber/{anna}")["tags"] == [str(tag)]


def test_smart_tags_cannot_be_taken_away(sandbox, client, anna, tag):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    found = client("GET", f"/subscriber/{anna}")
    (smart,) = found["smart_tags"]
    assert sorted(found["tags"]) == sorted([smart, str(tag)])
    body = {"email": ANNA, "tagid": smart}
    assert client.refused("POST", "/subscriber/untag", body)[1] == {"error": 31}
    assert client.refused("DELETE", f"/tag/{smart}")[1] == {"error": 31}
    assert smart not in client("GET", "/tag")


def test_delete_forgets(client, single, anna):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    assert client("DELETE", f"/subscriber/{anna}") == [True]
    again = client("POST", "/subscriber", {"email": ANNA, "listid": single})
    assert again["id"] != anna and again["status"] == "Subscribed"
    assert again["tags"] == []


@pytest.mark.parametrize(
    "new, error",
    [
        ("bob@example.org", {"error": 30}),
        ("nonsense", {"error": 10, "code": 5}),
        ("blocked@example.org", {"error": 10, "code": 30}),
    ],
)
def test_address_change_refused(client, single, anna, new, error):
    client("POST", "/subscriber", {"email": "bob@example.org", "listid": single})
    assert client.refused("PUT", f"/subscriber/{anna}", {"newemail": new})[1] == error


def test_address_change_keeps_the_id(client, anna):
    client("PUT", f"/subscriber/{anna}", {"newemail": "Neu+1@example.org"})
    assert client("GET", f"/subscriber/{anna}")["email"] == "neu+1@example.org"


def test_contacts_by_number_only(sandbox, client, single, anna, tag):
    made = client("POST", "/subscriber", {"smsnumber": "+49 171 5550123"})
    assert (made["email"], made["sms_phone"]) == ("", "00491715550123")
    assert made["sms_status"] == "Subscribed"
    body = {"newsmsnumber": "00491715550123"}
    error = client.refused("PUT", f"/subscriber/{anna}", body)[1]
    assert error == {"error": 10, "code": 9}
    client("PUT", f"/subscriber/{anna}", {"newsmsnumber": "+491715550999"})
    sandbox.act("klicktipp", "sms_unsubscribe", tag, ANNA)
    body = {"newsmsnumber": "+491715550999"}
    error = client.refused("PUT", f"/subscriber/{anna}", body)[1]
    assert error == {"error": 10, "code": 10}


# --- the listbuilding key ---------------------------------------------------
def test_listbuilding(sandbox):
    client = Client(sandbox, login=False)
    assert client.raw("POST", "/subscriber/signin").status_code == 401
    wrong = {"apikey": "x", "email": ANNA}
    assert client.refused("POST", "/subscriber/signin", wrong)[1] == {"error": 100}
    body = {"apikey": KEY, "email": ANNA}
    assert "/pending/" in client("POST", "/subscriber/signin", body)[0]
    assert client("POST", "/subscriber/signout", body) == [True]
    assert client("POST", "/subscriber/signoff", body) == [True]


# --- acts, webhooks ---------------------------------------------------------
@pytest.mark.parametrize(
    "act, more, wanted",
    [
        ("unsubscribe", {}, {"status": "Unsubscribed"}),
        ("bounce", {}, {"status": "Subscribed", "bounce": "Hard Bounce"}),
        ("soft_bounce", {}, {"bounce": "Soft Bounce"}),
        ("complain", {}, {"bounce": "Spam Bounce"}),
        ("change_address", {"new": "b@example.org"}, {"email": "b@example.org"}),
        ("edit", {"values": {"fieldCity": "Ulm"}}, {"fieldCity": "Ulm"}),
        ("untag", {}, {"tags": []}),
        ("block", {}, {"status": "Subscribed"}),
    ],
)
def test_acts(sandbox, client, anna, tag, act, more, wanted):
    sandbox.act("klicktipp", act, tag, ANNA, **more)
    found = client("GET", f"/subscriber/{anna}")
    assert {key: found[key] for key in wanted} == wanted


def test_sign_up_confirm_and_delete(sandbox, client, tag):
    sandbox.act("klicktipp", "subscribe", tag, ANNA)
    assert sandbox.store.counts(tag) == {"pending": 1}
    sandbox.act("klicktipp", "confirm", tag, ANNA)
    assert sandbox.store.counts(tag) == {"subscribed": 1}
    sandbox.act("klicktipp", "delete", tag, ANNA)
    assert sandbox.store.counts(tag) == {}


def test_webhooks_pause_for_six_hours(sandbox, client, anna, hook):
    (tag,) = client("POST", "/tag", {"name": "Trigger"})
    sandbox.tools["klicktipp"].new_hook(
        hook.url, tag, {"Authorization": "token"}, {"city": "fieldCity"}
    )
    for seconds in (0, 60, 6 * 3600):
        sandbox.clock.advance(seconds)
        sandbox.act("klicktipp", "untag", tag, ANNA)
        sandbox.act("klicktipp", "tag", tag, ANNA)
    sandbox.settle()
    assert hook.forms == [{"email": ANNA, "Authorization": "token", "city": ""}] * 2


def test_seeded_people(sandbox, client, tag):
    sandbox.seed(tag, 200, unsubscribed=3, bounced=2, pending=1)
    found = client("POST", "/subscriber/tagged", {"tagid": tag})
    assert len(found) == 188
    assert len(client("GET", "/subscriber")["subscribers"]) == 188
    one = client("GET", f"/subscriber/{next(iter(found))}")
    assert one["fieldFirstName"] and one["status"] == "Subscribed"


# --- oddities ---------------------------------------------------------------
@pytest.mark.parametrize("oddity", AWKWARD)
def test_oddities(sandbox, client, single, tag, anna, oddity):
    client("POST", "/subscriber/unsubscribe", {"email": ANNA})
    sandbox.set(awkward={oddity})
    contact = client("GET", f"/subscriber/{anna}")
    ids = client("GET", "/subscriber", status="unsubscribed")
    again = client("POST", "/subscriber", {"email": ANNA, "listid": single})
    gone = client.raw("GET", "/subscriber/5")
    bare = client.raw("POST", "/subscriber/search", json={})
    wrong = {"apikey": "x", "email": ANNA}
    key = client.raw("POST", "/subscriber/signin", json=wrong)
    seen = {
        "bare_ids": isinstance(ids, list),
        "empty_lists": contact.get("emails_sent") == [],
        "absent_maps": "emails_sent" not in contact,
        "tags_smart_only": str(tag) not in contact["tags"],
        "smart_listed": len(client("GET", "/tag")) > 1,
        "lower_status": contact["status"] == "unsubscribed",
        "date_only": len(contact["date"]) == 10,
        "ip_suffix": contact["ip"].endswith(" - By API Request"),
        "empty_404": gone.content == b"",
        "plain_errors": bare.status_code == 401 and bare.content[:1] != b"[",
        "verb_406": client.raw("PATCH", "/subscriber/5").status_code == 406,
        "key_500": key.status_code == 500,
        "single_opt_in_returns": again["status"] == "Subscribed",
    }
    assert [name for name, on in seen.items() if on] == [oddity]
    came_back = oddity == "single_opt_in_returns"
    assert len(sandbox.store.notes("reactivation")) == came_back
