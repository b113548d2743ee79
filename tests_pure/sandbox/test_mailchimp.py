"""Mailchimp's dialect: one test for each fact of the tool that a connector meets."""

import hashlib
import hmac
import io
import json
import tarfile
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from newsletter_sync.sandbox.dialects.mailchimp import AWKWARD
from newsletter_sync.sandbox.dialects.mailchimp.account import KEY

from .form_receiver import FormReceiver

ANNA, BOB = "anna@example.org", "bob@example.org"
NEEDED = {
    "name": "Customers",
    "contact": {"company": "x", "address1": "x", "city": "x", "country": "DE"},
    "permission_reminder": "You asked for it.",
    "campaign_defaults": {
        "from_name": "x",
        "from_email": "x@example.org",
        "subject": "x",
        "language": "de",
    },
    "email_type_option": False,
}


def md5(email):
    return hashlib.md5(email.lower().encode()).hexdigest()


class Client:
    """Speaks to one sandbox's Mailchimp; paths begin below ``/3.0``."""

    def __init__(self, sandbox):
        self.base = sandbox.url("mailchimp")
        self.login = ("anystring", KEY)

    def raw(self, method, path, **options):
        options.setdefault("auth", self.login)
        return requests.request(method, f"{self.base}/3.0{path}", timeout=20, **options)

    def __call__(self, method, path, json=None, **params):
        answer = self.raw(method, path, json=json, params=params)
        return answer.json() if answer.content else answer.status_code

    def refused(self, method, path, json=None, **params):
        answer = self.raw(method, path, json=json, params=params)
        body = answer.json()
        assert body["status"] == answer.status_code
        return body["status"], body["title"], body


@pytest.fixture
def client(sandbox):
    sandbox.set(stats_lag=0)
    return Client(sandbox)


@pytest.fixture
def audience(client):
    return client("POST", "/lists", NEEDED)["id"]


@pytest.fixture
def path(audience):
    return f"/lists/{audience}/members"


@pytest.fixture
def anna(client, path):
    return client("POST", path, {"email_address": ANNA, "status": "subscribed"})


@pytest.fixture
def act(sandbox, audience):
    return lambda name, email=ANNA, **more: sandbox.act(
        "mailchimp", name, audience, email, **more
    )


@pytest.fixture
def hook():
    receiver = FormReceiver()
    yield receiver
    receiver.stop()


# --- login ------------------------------------------------------------------
def test_ping_and_account(client):
    assert client("GET", "/ping") == {"health_status": "Everything's Chimpy!"}
    assert client("GET", "/")["total_subscribers"] == 0


@pytest.mark.parametrize(
    "login, title",
    [
        (("x", "wrong-us19"), "API Key Invalid"),
        (("x", ""), "API Key Missing"),
        (None, "API Key Missing"),
    ],
)
def test_wrong_login(client, login, title):
    answer = client.raw("GET", "/ping", auth=login)
    assert (answer.status_code, answer.json()["title"]) == (401, title)
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_oauth(sandbox, client):
    back = "http://127.0.0.1:9/back"
    asked = {"client_id": "sandbox-id", "redirect_uri": back, "state": "s"}
    answer = requests.get(
        client.base + "/oauth2/authorize",
        params={**asked, "response_type": "code"},
        allow_redirects=False,
        timeout=10,
    )
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert sent["state"] == ["s"]
    form = asked | {"client_secret": "sandbox-secret", "code": sent["code"][0]}
    token = requests.post(client.base + "/oauth2/token", data=form, timeout=10).json()
    client.login = None
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.raw("GET", "/ping", headers=bearer).status_code == 200
    headers = {"Authorization": f"OAuth {token['access_token']}"}
    url = client.base + "/oauth2/metadata"
    meta = requests.get(url, headers=headers, timeout=10).json()
    assert meta["dc"] == "us19" and meta["api_endpoint"] == client.base


# --- audiences --------------------------------------------------------------
def test_audiences(client, audience):
    assert len(audience) == 10 and int(audience, 16)
    found = client("GET", "/lists", fields="lists.id,lists.stats.member_count")
    assert found == {"lists": [{"id": audience, "stats": {"member_count": 0}}]}
    assert client("PATCH", f"/lists/{audience}", {"name": "New"})["name"] == "New"
    assert client("DELETE", f"/lists/{audience}") == 204
    assert client.refused("GET", f"/lists/{audience}")[1] == "Resource Not Found"


@pytest.mark.parametrize("name", NEEDED)
def test_audience_needs_everything(client, name):
    body = {key: value for key, value in NEEDED.items() if key != name}
    status, title, problem = client.refused("POST", "/lists", body)
    assert (status, title) == (400, "Invalid Resource")
    assert problem["errors"][0]["field"] == name


def test_stats_lag(sandbox, client, audience, path, anna):
    sandbox.set(stats_lag=300)
    before = client("GET", f"/lists/{audience}")["stats"]
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    assert client("GET", f"/lists/{audience}")["stats"] == before
    sandbox.clock.advance(300)
    assert client("GET", f"/lists/{audience}")["stats"]["member_count"] == 2


# --- one member -------------------------------------------------------------
def test_a_member(sandbox, client, audience, path):
    sandbox.clock.freeze(1637707916)
    body = {"email_address": "Anna@Example.ORG", "status": "subscribed"}
    made = client("POST", path, body | {"merge_fields": {"FNAME": "Änne"}})
    wanted = {
        "id": md5(ANNA),
        "email_address": ANNA,
        "status": "subscribed",
        "full_name": "Änne",
        "merge_fields": {"FNAME": "Änne", "LNAME": "", "ADDRESS": "", "PHONE": ""},
        "last_changed": "2021-11-23T22:51:56+00:00",
        "timestamp_signup": "",
        "tags": [],
        "list_id": audience,
        "source": "API - Generic",
    }
    assert {key: made[key] for key in wanted} == wanted
    for who in (md5(ANNA), ANNA, made["contact_id"]):
        assert client("GET", f"{path}/{who}") == made
    assert client.refused("GET", f"{path}/{md5(BOB)}")[0] == 404


@pytest.mark.parametrize(
    "email, text",
    [
        ("nonsense", "Please provide a valid email address."),
        ("a@b", "a@b looks fake or invalid, please enter a real email address."),
    ],
)
def test_bad_addresses(client, path, email, text):
    body = {"email_address": email, "status": "subscribed"}
    status, title, problem = client.refused("POST", path, body)
    assert (status, title, problem["detail"]) == (400, "Invalid Resource", text)


@pytest.mark.parametrize("status", ["archived", "nonsense", "SUBSCRIBED"])
def test_bad_status(client, path, status):
    body = {"email_address": ANNA, "status": status}
    assert client.refused("POST", path, body)[2]["errors"][0]["field"] == "status"


def test_post_is_for_new_ones(client, path, anna):
    body = {"email_address": ANNA.upper(), "status": "subscribed"}
    assert client.refused("POST", path, body)[:2] == (400, "Member Exists")
    assert client("DELETE", f"{path}/{anna['id']}") == 204
    assert client.refused("POST", path, body)[1] == "Member Exists"


def test_put_creates_and_updates(client, path):
    who = f"{path}/{md5(ANNA)}"
    assert client.refused("PUT", who, {"merge_fields": {}})[0] == 400
    body = {"email_address": ANNA}
    error = client.refused("PUT", who, body)[2]["errors"][0]
    assert error["field"] == "status_if_new"
    body["status_if_new"] = "unsubscribed"
    assert client("PUT", who, body)["status"] == "unsubscribed"
    body |= {"status_if_new": "subscribed", "merge_fields": {"FNAME": "Anna"}}
    found = client("PUT", who, body)
    assert (found["status"], found["full_name"]) == ("unsubscribed", "Anna")
    assert client.refused("PUT", f"{path}/{md5('x')}", body)[1] == "Member Exists"


def test_patch_is_for_known_ones(client, path, anna):
    body = {"merge_fields": {"FNAME": "Anna"}}
    assert client.refused("PATCH", f"{path}/{md5(BOB)}", body)[0] == 404
    assert client("PATCH", f"{path}/{anna['id']}", body)["status"] == "subscribed"
    error = client.refused("PATCH", f"{path}/{anna['id']}", {"status": "transactional"})
    assert error[0] == 400


def test_method_override(client, path, anna):
    headers = {"X-HTTP-Method-Override": "PATCH"}
    body = {"language": "de"}
    answer = client.raw("POST", f"{path}/{anna['id']}", json=body, headers=headers)
    assert answer.json()["language"] == "de"


def test_address_change(client, path, anna):
    client("POST", f"{path}/{anna['id']}/tags", _tags(active=["vip"]))
    body = {"email_address": "new+1@example.org"}
    moved = client("PATCH", f"{path}/{anna['id']}", body)
    assert moved["id"] == md5("new+1@example.org")
    for key in ("contact_id", "web_id", "status"):
        assert moved[key] == anna[key]
    assert [tag["name"] for tag in moved["tags"]] == ["vip"]
    assert client.refused("GET", f"{path}/{anna['id']}")[0] == 404
    assert client("GET", f"{path}/{anna['contact_id']}")["id"] == moved["id"]
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    error = client.refused("PUT", f"{path}/{moved['id']}", {"email_address": BOB})
    assert error[1] == "Member Exists"


def test_audiences_are_apart(client, audience, path, anna):
    other = client("POST", "/lists", NEEDED)["id"]
    body = {"email_address": ANNA, "status": "unsubscribed"}
    twin = client("POST", f"/lists/{other}/members", body)
    assert twin["unique_email_id"] == anna["unique_email_id"]
    assert twin["contact_id"] != anna["contact_id"]
    client("PATCH", f"{path}/{anna['id']}", {"email_address": BOB})
    assert client("GET", f"/lists/{other}/members/{md5(ANNA)}") == twin
    assert client("GET", f"{path}/{md5(BOB)}")["status"] == "subscribed"
    found = client("GET", "/lists", email=ANNA)["lists"]
    assert [one["id"] for one in found] == [other]


def test_archive(client, path, act, anna):
    who = f"{path}/{anna['id']}"
    assert client("DELETE", who) == 204
    assert client("GET", who)["status"] == "archived"
    again = client.raw("DELETE", who)
    assert (again.status_code, again.headers["Allow"]) == (405, "GET, PUT")
    assert client("PUT", who, {"status_if_new": "subscribed"})["status"] == "archived"
    assert client("PUT", who, {"status": "subscribed"})["status"] == "subscribed"
    act("bounce")
    assert client.raw("DELETE", who).status_code == 405


def test_forgotten(client, audience, path, anna, act):
    delete = f"{path}/{anna['id']}/actions/delete-permanent"
    assert client("POST", delete) == 204
    assert client.refused("GET", f"{path}/{anna['id']}")[0] == 404
    assert client.refused("POST", delete)[0] == 404
    title = "Forgotten Email Not Subscribed"
    for status in ("subscribed", "pending", "unsubscribed"):
        body = {"email_address": ANNA, "status": status}
        assert client.refused("POST", path, body)[1] == title
        assert client.refused("PUT", f"{path}/{anna['id']}", body)[1] == title
    row = {"email_address": ANNA, "status": "subscribed"}
    batch = client("POST", f"/lists/{audience}", {"members": [row]})
    assert "permanently deleted" in batch["errors"][0]["error"]
    act("subscribe")
    assert client("GET", f"{path}/{anna['id']}")["status"] == "pending"


# --- consent ----------------------------------------------------------------
@pytest.mark.parametrize(
    "acts, wanted, answer, came_back",
    [
        (["unsubscribe"], "subscribed", "Member In Compliance State", 0),
        (["complain"], "subscribed", "Member In Compliance State", 0),
        (["bounce"], "subscribed", "Member In Compliance State", 0),
        (["bounce"], "pending", "Member In Compliance State", 0),
        (["unsubscribe"], "pending", "pending", 0),
        (["unsubscribe"], "unsubscribed", "unsubscribed", 0),
        (["deactivate"], "subscribed", "subscribed", 1),
        (["unsubscribe", "archive"], "subscribed", "subscribed", 1),
        ([], "subscribed", "subscribed", 0),
        ([], "pending", "pending", 0),
    ],
)
def test_who_may_come_back(
    sandbox, client, path, act, anna, acts, wanted, answer, came_back
):
    for name in acts:
        act(name)
    found = client("PUT", f"{path}/{anna['id']}", {"status": wanted})
    assert found.get("title", found["status"]) == answer
    assert len(sandbox.store.notes("reactivation")) == came_back
    assert len(sandbox.store.notes("mail")) == (answer == "pending")


def test_asked_again_is_not_confirmed_by_a_write(sandbox, client, path, act, anna):
    act("unsubscribe")
    who = f"{path}/{anna['id']}"
    client("PATCH", who, {"status": "pending"})
    error = client.refused("PATCH", who, {"status": "subscribed"})
    assert error[1] == "Member In Compliance State"
    (mail,) = sandbox.store.notes("mail")
    requests.post(mail["link"], timeout=10)
    assert client("GET", who)["status"] == "subscribed"
    assert sandbox.store.notes("reactivation")[0]["via"] == "click"


def test_reasons(client, path, act, anna):
    who = f"{path}/{anna['id']}"
    client("PATCH", who, {"status": "unsubscribed"})
    found = client("GET", who)
    assert found["unsubscribe_reason"] == "N/A (Unsubscribed by admin)"
    assert "unsubscribe_reason" not in client("PATCH", who, {"status": "subscribed"})


def test_updates_without_a_status_keep_it(sandbox, client, path, act, anna):
    act("unsubscribe")
    who = f"{path}/{anna['id']}"
    for method in ("PUT", "PATCH"):
        found = client(method, who, {"merge_fields": {"FNAME": method}})
        assert (found["status"], found["full_name"]) == ("unsubscribed", method)
    assert sandbox.store.notes("reactivation") == []


# --- merge fields -----------------------------------------------------------
def test_merge_fields(client, audience):
    path = f"/lists/{audience}/merge-fields"
    found = client("GET", path)["merge_fields"]
    assert [one["tag"] for one in found] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
    made = client("POST", path, {"name": "Kunde", "type": "text"})
    assert (made["tag"], made["merge_id"]) == ("MMERGE5", 5)
    for body in (
        {"name": "x", "type": "text", "tag": "FNAME"},
        {"name": "x", "type": "text", "tag": "ELEVENCHARS"},
        {"name": "x", "type": "nonsense"},
        {"type": "text"},
    ):
        assert client.refused("POST", path, body)[0] == 400
    changed = client("PATCH", f"{path}/5", {"name": "Neu", "type": "number"})
    assert (changed["name"], changed["type"]) == ("Neu", "text")
    assert client("DELETE", f"{path}/5") == 204
    for _ in range(26):
        client("POST", path, {"name": "x", "type": "text"})
    assert client.refused("POST", path, {"name": "x", "type": "text"})[0] == 400
    assert client("GET", path)["total_items"] == 30


FULL = {"addr1": "Weg 1", "city": "Ulm", "state": "BW", "zip": "89073"}


@pytest.mark.parametrize(
    "kind, given, read",
    [
        ("text", "Zoë", "Zoë"),
        ("text", 5, "5"),
        ("number", 5, 5),
        ("number", "5.5", 5.5),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "02/29/2024", "2024-02-29"),
        ("birthday", "02/29", "02/29"),
        ("dropdown", "m", "m"),
        ("url", "https://www.example.org", "https://www.example.org"),
        ("phone", "+49 171 5550123", "+49 171 5550123"),
        ("address", FULL, FULL | {"addr2": "", "country": ""}),
        ("address", {"addr1": "", "city": ""}, ""),
    ],
)
def test_values(client, audience, path, anna, kind, given, read):
    body = {"name": "x", "type": kind, "tag": "X", "options": {"choices": ["m", "w"]}}
    client("POST", f"/lists/{audience}/merge-fields", body)
    who = f"{path}/{anna['id']}"
    body = {"merge_fields": {"X": given, "NOBODY": "x"}}
    found = client("PATCH", who, body)["merge_fields"]
    assert found["X"] == read and "NOBODY" not in found
    client("PATCH", who, {"merge_fields": {"X": None}})
    assert client("GET", who)["merge_fields"]["X"] == read
    found = client("PATCH", who, {"merge_fields": {"X": ""}})
    assert found["merge_fields"]["X"] == ""


@pytest.mark.parametrize(
    "kind, given, message",
    [
        ("number", "many", "Please enter a number"),
        ("dropdown", "z", "Value must be one of: m, w,  (not z)"),
        ("text", True, "Schema describes string, boolean found instead"),
        ("date", "29.02.2024", "Please enter the date"),
        ("birthday", "29/02", "Please enter MM/DD"),
        ("address", {"addr1": "Weg 1"}, "Please enter a complete address"),
        ("address", "Weg 1", "Please enter a complete address"),
    ],
)
def test_values_refused(client, audience, path, anna, kind, given, message):
    body = {"name": "x", "type": kind, "tag": "X", "options": {"choices": ["m", "w"]}}
    client("POST", f"/lists/{audience}/merge-fields", body)
    body = {"merge_fields": {"FNAME": "A", "X": given}}
    who = f"{path}/{anna['id']}"
    status, title, problem = client.refused("PATCH", who, body)
    assert (status, title) == (400, "Invalid Resource")
    assert problem["detail"] == "Your merge fields were invalid."
    assert problem["errors"] == [{"field": "X", "message": message}]
    assert client("GET", who)["full_name"] == ""


def test_required_fields(client, audience, path):
    body = {"name": "x", "type": "text", "tag": "X", "required": True}
    client("POST", f"/lists/{audience}/merge-fields", body)
    body = {"email_address": ANNA, "status": "subscribed"}
    assert client.refused("POST", path, body)[2]["errors"][0]["field"] == "X"
    made = client("POST", path, body, skip_merge_validation="true")
    assert made["status"] == "subscribed"
    row = {"email_address": BOB, "status": "subscribed"}
    (error,) = client("POST", f"/lists/{audience}", {"members": [row]})["errors"]
    assert (error["error_code"], error["field"]) == ("ERROR_GENERIC", "X")


# --- the synchronous batch --------------------------------------------------
def rows(*emails, **more):
    return [{"email_address": one, "status": "subscribed", **more} for one in emails]


def test_batch(client, audience, path, anna):
    call = f"/lists/{audience}"
    body = {"members": rows(BOB, "nonsense", ANNA, BOB)}
    found = client("POST", call, body)
    assert [one["email_address"] for one in found["new_members"]] == [BOB]
    codes = {one["email_address"]: one["error_code"] for one in found["errors"]}
    assert codes == {
        "nonsense": "ERROR_GENERIC",
        ANNA: "ERROR_CONTACT_EXISTS",
        BOB: "ERROR_GENERIC",
    }
    assert (found["total_created"], found["error_count"]) == (1, 3)
    found = client("POST", call, body | {"update_existing": True})
    assert len(found["updated_members"]) == 2
    found = client("POST", call, {"members": rows(BOB, BOB)}, skip_duplicate_check=True)
    assert found["error_count"] == 1  # as update_existing is off


def test_batch_refuses_only_too_many(client, audience):
    many = [f"p{n}@example.org" for n in range(501)]
    call = f"/lists/{audience}"
    assert client.refused("POST", call, {"members": rows(*many)})[0] == 400
    assert client("POST", call, {"members": rows(*many[:500])})["total_created"] == 500
    assert client.refused("POST", call, {"members": {}})[0] == 400


def test_batch_and_compliance(sandbox, client, audience, path, anna, act):
    act("unsubscribe")
    body = {"members": rows(ANNA), "update_existing": True}
    (error,) = client("POST", f"/lists/{audience}", body)["errors"]
    assert error["error_code"] == "ERROR_GENERIC"
    assert "compliance state" in error["error"]
    row = {"email_address": ANNA, "merge_fields": {"FNAME": "Anna"}}
    body = {"members": [row], "update_existing": True}
    (found,) = client("POST", f"/lists/{audience}", body)["updated_members"]
    assert (found["status"], found["full_name"]) == ("unsubscribed", "Anna")
    assert sandbox.store.notes("reactivation") == []


def test_refused_by_address(sandbox, client, audience):
    sandbox.faults.add("partial", addresses=r"@example\.net$")
    body = {"members": rows(ANNA, "b@example.net")}
    found = client("POST", f"/lists/{audience}", body)
    assert "looks fake" in found["errors"][0]["error"]
    assert found["total_created"] == 1


# --- reading many -----------------------------------------------------------
def test_pages(sandbox, client, audience, path):
    number = sandbox.tools["mailchimp"].list_number(audience)
    sandbox.seed(number, 250, unsubscribed=4, bounced=2)
    first = client("GET", path)
    assert len(first["members"]) == 10 and first["total_items"] == 250
    assert first["members"][0]["merge_fields"]["FNAME"]
    seen = set()
    for offset in range(0, 300, 100):
        page = client("GET", path, count=100, offset=offset)["members"]
        seen |= {one["id"] for one in page}
    assert len(seen) == 250
    for status, total in (("unsubscribed", 12), ("cleaned", 6), ("pending", 0)):
        assert client("GET", path, status=status, count=0)["total_items"] == total
    assert client.refused("GET", path, count=2000)[0] == 400
    assert client("GET", f"{path}/{min(seen)}")["id"] == min(seen)


def test_fields_choose(client, path, anna):
    found = client("GET", path, fields="members.email_address,total_items")
    assert found == {"members": [{"email_address": ANNA}], "total_items": 1}
    found = client("GET", path, exclude_fields="members.merge_fields,_links")
    assert "merge_fields" not in found["members"][0] and "_links" not in found


@pytest.mark.parametrize("inclusive", [False, True])
def test_since_last_changed(sandbox, client, path, inclusive):
    sandbox.set(since_inclusive=inclusive)
    for n, email in enumerate((ANNA, BOB)):
        sandbox.clock.freeze(1637707916 + n)
        client("POST", path, {"email_address": email, "status": "subscribed"})

    def since(text):
        found = client("GET", path, since_last_changed=text, sort_field="last_changed")
        return [one["email_address"] for one in found["members"]]

    at = "2021-11-23T22:51:56+00:00"
    assert since(at) == ([ANNA, BOB] if inclusive else [BOB])
    assert since("2021-11-23T22:51:55Z") == [ANNA, BOB]
    assert since("2031-11-23T22:51:56.5+00:00") == [ANNA, BOB]
    # an unencoded plus arrives as a blank
    assert client.raw("GET", f"{path}?since_last_changed={at}").status_code == 400


@pytest.mark.parametrize("touch", [False, True])
def test_tags_and_last_changed(sandbox, client, path, anna, touch):
    sandbox.set(tags_touch=touch)
    sandbox.clock.advance(60)
    client("POST", f"{path}/{anna['id']}/tags", _tags(active=["vip"]))
    found = client("GET", f"{path}/{anna['id']}")
    assert (found["last_changed"] != anna["last_changed"]) is touch


def test_archived_ones_in_listings(sandbox, client, path, anna):
    client("DELETE", f"{path}/{anna['id']}")
    assert client("GET", path)["total_items"] == 1
    sandbox.set(list_archived=False)
    assert client("GET", path)["total_items"] == 0
    assert client("GET", path, status="archived")["total_items"] == 1


def test_unsubscribed_since_needs_the_status(client, path, anna, act):
    act("unsubscribe")
    params = {"unsubscribed_since": "2021-11-23T22:51:56+00:00"}
    assert client.refused("GET", path, **params)[0] == 400
    assert client("GET", path, status="unsubscribed", **params)["total_items"] == 1


def test_search(client, audience, path, anna):
    client("POST", path, {"email_address": "joanna@example.org", "status": "pending"})
    found = client("GET", "/search-members", query=ANNA, list_id=audience)
    assert found["exact_matches"]["total_items"] == 1
    assert found["full_search"]["total_items"] == 2


# --- tags, segments, interests ----------------------------------------------
def _tags(active=(), inactive=()):
    tags = [{"name": name, "status": "active"} for name in active]
    return {"tags": tags + [{"name": n, "status": "inactive"} for n in inactive]}


def test_tags(client, audience, path, anna):
    who = f"{path}/{anna['id']}/tags"
    assert client("POST", who, _tags(active=["VIP", "*star*"])) == 204
    assert client("POST", who, _tags(active=["vip"], inactive=["none"])) == 204
    found = client("GET", who)
    assert {tag["name"] for tag in found["tags"]} == {"VIP", "*star*"}
    assert all(tag["date_added"] for tag in found["tags"])
    assert client("POST", who, _tags(inactive=["*STAR*"])) == 204
    assert client("GET", f"{path}/{anna['id']}")["tags_count"] == 1
    search = client("GET", f"/lists/{audience}/tag-search", name="v")
    assert [tag["name"] for tag in search["tags"]] == ["VIP"]
    missing = f"{path}/{md5(BOB)}/tags"
    assert client.refused("POST", missing, _tags(active=["x"]))[0] == 404


def test_segments(client, audience, path, anna, act):
    call = f"/lists/{audience}/segments"
    made = client("POST", call, {"name": "VIP", "static_segment": [ANNA]})
    assert (made["type"], made["member_count"]) == ("static", 1)
    assert client.refused("POST", call, {"name": "vip", "static_segment": []})[0] == 400
    client("POST", path, {"email_address": BOB, "status": "subscribed"})
    body = {"members_to_add": [BOB, "x@example.org"], "members_to_remove": [ANNA]}
    found = client("POST", f"{call}/{made['id']}", body)
    assert (found["total_added"], found["total_removed"]) == (1, 1)
    assert found["errors"][0]["email_addresses"] == ["x@example.org"]
    assert client("GET", f"{call}/{made['id']}/members")["total_items"] == 1
    act("unsubscribe", BOB)
    assert client("GET", f"{call}/{made['id']}/members")["total_items"] == 0
    more = {"include_unsubscribed": "true"}
    assert client("GET", f"{call}/{made['id']}/members", **more)["total_items"] == 1
    assert client("GET", call, type="static")["segments"][0]["name"] == "VIP"
    many = {"members_to_add": [f"p{n}@example.org" for n in range(501)]}
    assert client.refused("POST", f"{call}/{made['id']}", many)[0] == 400
    assert client("DELETE", f"{call}/{made['id']}") == 204
    assert client("GET", f"{path}/{md5(BOB)}")["tags"] == []


def test_interests(client, audience, path, anna):
    call = f"/lists/{audience}/interest-categories"
    made = client("POST", call, {"title": "Themen", "type": "checkboxes"})
    call += f"/{made['id']}/interests"
    sport = client("POST", call, {"name": "Sport"})["id"]
    assert client("GET", call)["total_items"] == 1
    who = f"{path}/{anna['id']}"
    assert client("GET", who)["interests"] == {sport: False}
    assert client("PATCH", who, {"interests": {sport: True}})["interests"][sport]
    assert client.refused("PATCH", who, {"interests": {"x": True}})[0] == 400
    params = {"interest_ids": sport, "interest_match": "any"}
    assert client("GET", path, **params)["total_items"] == 1


# --- the asynchronous batch -------------------------------------------------
def test_batches(sandbox, client, audience, path):
    sandbox.clock.freeze()
    operations = [
        {
            "method": "PUT",
            "path": f"/lists/{audience}/members/{md5(email)}",
            "body": json.dumps({"email_address": email, "status_if_new": "subscribed"}),
            "operation_id": email,
        }
        for email in (ANNA, BOB, "bad")
    ]
    made = client("POST", "/batches", {"operations": operations})
    assert (made["status"], made["response_body_url"]) == ("pending", "")
    states = []
    while made["status"] != "finished":
        states.append(made["status"])
        sandbox.clock.advance(1)
        made = client("GET", f"/batches/{made['id']}")
    assert states == ["pending", "preprocessing", "started", "finalizing"]
    assert (made["finished_operations"], made["errored_operations"]) == (3, 1)
    file = requests.get(made["response_body_url"], timeout=10).content
    results = []
    with tarfile.open(fileobj=io.BytesIO(file)) as archive:
        for entry in archive.getmembers():
            assert entry.name == "." or entry.name.startswith("./")
            if entry.isfile():
                results += json.load(archive.extractfile(entry))
    assert [one["operation_id"] for one in results] == ["bad", BOB, ANNA]
    assert [one["status_code"] for one in results] == [400, 200, 200]
    assert json.loads(results[2]["response"])["status"] == "subscribed"
    sandbox.clock.advance(601)
    assert requests.get(made["response_body_url"], timeout=10).status_code == 403
    assert client("DELETE", f"/batches/{made['id']}") == 204
    assert client.refused("GET", f"/batches/{made['id']}")[0] == 404


def test_batch_of_too_many(client):
    one = {"method": "GET", "path": "/ping"}
    assert client.refused("POST", "/batches", {"operations": [one] * 1001})[0] == 400


# --- webhooks ---------------------------------------------------------------
def listen(client, audience, hook, api=True, **more):
    events = dict.fromkeys(("subscribe", "unsubscribe", "profile"), True)
    events |= dict.fromkeys(("cleaned", "upemail"), True)
    body = {
        "url": hook.url,
        "events": events,
        "sources": {"user": True, "admin": True, "api": api},
    }
    return client("POST", f"/lists/{audience}/webhooks", body | more)


def test_registration_calls_first(client, audience, hook):
    hook.status = 404
    assert listen(client, audience, hook)["status"] == 400
    hook.status = 200
    made = listen(client, audience, hook)
    assert [call[0] for call in hook.calls] == ["GET", "GET"]
    assert "signing_secret" not in made
    assert listen(client, audience, hook)["status"] == 400
    call = f"/lists/{audience}/webhooks"
    assert client("GET", call)["webhooks"] == [made]
    assert client("DELETE", f"{call}/{made['id']}") == 204
    assert client("GET", call)["total_items"] == 0


@pytest.mark.parametrize(
    "name, more, events",
    [
        ("unsubscribe", {}, [("unsubscribe", "unsub", "manual")]),
        ("complain", {}, [("unsubscribe", "unsub", "abuse")]),
        ("archive", {}, [("unsubscribe", "delete", "manual")]),
        ("delete", {}, [("unsubscribe", "delete", "manual")]),
        ("bounce", {}, [("cleaned", None, "hard")]),
        ("edit", {"values": {"FNAME": "Neu"}}, [("profile", None, None)]),
        ("change_address", {"new": BOB}, [("upemail", None, None)]),
        ("subscribe", {}, []),
    ],
)
def test_events(sandbox, client, audience, hook, act, anna, name, more, events):
    listen(client, audience, hook)
    act(name, **more)
    sandbox.settle()
    told = [
        (form["type"], form.get("data[action]"), form.get("data[reason]"))
        for form in hook.forms
    ]
    assert told == events
    for form in hook.forms:
        assert form["data[list_id]"] == audience
        assert len(form["fired_at"]) == 19


def test_contents(sandbox, client, audience, hook, act):
    listen(client, audience, hook)
    act("subscribe", values={"FNAME": "Anna", "ADDRESS": FULL})
    act("confirm")
    act("change_address", new=BOB)
    sandbox.settle()
    first, second = hook.forms
    assert first["type"] == "subscribe" and first["data[email]"] == ANNA
    assert first["data[merges][FNAME]"] == "Anna"
    assert first["data[merges][ADDRESS][city]"] == "Ulm"
    assert (second["data[old_email]"], second["data[new_email]"]) == (ANNA, BOB)


@pytest.mark.parametrize("api", [False, True])
def test_own_writes(sandbox, client, audience, path, hook, api):
    listen(client, audience, hook, api)
    client("POST", path, {"email_address": ANNA, "status": "subscribed"})
    sandbox.settle()
    assert len(hook.forms) == api


def test_signature(sandbox, client, audience, hook, anna, act):
    sandbox.set(sign_webhooks=True)
    secret = listen(client, audience, hook)["signing_secret"]
    act("unsubscribe")
    sandbox.settle()
    _, _, headers, body = hook.calls[-1]
    time, signature = headers["X-Mailchimp-Signature"].split(",")
    signed = time.removeprefix("t=").encode() + b"." + body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert signature == f"v1={wanted}"
    (listed,) = client("GET", f"/lists/{audience}/webhooks")["webhooks"]
    assert "signing_secret" not in listed


# --- limits, faults, oddities -----------------------------------------------
def test_too_many_side_by_side(sandbox, client):
    sandbox.set(latency=0.3)
    statuses = []

    def ask():
        statuses.append(client.raw("GET", "/ping").status_code)

    threads = [threading.Thread(target=ask) for _ in range(11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 10 + [429]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_faults_in_the_tools_words(sandbox, client, status):
    sandbox.faults.add("status", status=status, times=1)
    answer = client.raw("GET", "/lists")
    assert answer.json()["status"] == answer.status_code == status
    assert {"type", "title", "detail", "instance"} <= set(answer.json())


def test_every_answer_has_an_id(client):
    assert client.raw("GET", "/ping").headers["X-Request-Id"]


@pytest.mark.parametrize("oddity", AWKWARD)
def test_oddities(sandbox, client, path, anna, oddity):
    who = f"{path}/{anna['id']}"
    client("POST", f"{who}/tags", _tags(active=["A", "B", "C"]))
    operation = {"method": "GET", "path": "/ping"}
    sandbox.set(awkward={oddity}, batch_seconds=0.001)
    batch = client("POST", "/batches", {"operations": [operation]})
    sandbox.clock.advance(1)
    batch = client("GET", f"/batches/{batch['id']}")
    late = [
        requests.get(batch["response_body_url"], timeout=10).status_code
        for _ in range(2)
    ]
    member = client("GET", who)
    sandbox.faults.add("status", status=503, times=1)
    broken = client.raw("GET", "/ping")
    seen = {
        "no_type": "type" not in client.refused("GET", "/lists/x")[2],
        "html_errors": broken.headers["Content-Type"] == "text/html",
        "late_results": late == [400, 200],
        "tag_case": member["tags"][0]["name"] == "a",
        "some_tags": len(member["tags"]) == 2 and member["tags_count"] == 3,
    }
    assert [name for name, on in seen.items() if on] == [oddity]
