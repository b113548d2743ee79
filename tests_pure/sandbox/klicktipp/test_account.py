"""KlickTipp's dialect: login, processes, fields, tags, oddities."""

import pytest

from newsletter_sync.sandbox.dialects.klicktipp import AWKWARD
from newsletter_sync.sandbox.dialects.klicktipp.account import cipher
from newsletter_sync.tests_pure.sandbox.klicktipp.client import ANNA, LOGIN, Client


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
