"""KlickTipp's dialect: values, and what is read."""

import pytest

from newsletter_sync.tests_pure.sandbox.klicktipp.client import ANNA, Client


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
