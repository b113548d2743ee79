"""Brevo's dialect, fact by fact of the provider notes."""

from datetime import datetime, timedelta, timezone

import pytest
import requests

from newsletter_sync.sandbox.dialects.brevo import IP_HINT, KEY

ANNA, BOB, CARLA = "anna@example.org", "bob@example.org", "carla@example.org"


class Client:
    """Speaks with the key; paths begin below ``/v3``."""

    def __init__(self, sandbox):
        self.base = sandbox.url("brevo") + "/v3"
        self.session = requests.Session()
        self.session.headers["api-key"] = KEY

    def raw(self, method, path, json=None, **options):
        return self.session.request(
            method, self.base + path, json=json, timeout=20, **options
        )

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).json()

    def status(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).status_code

    def add(self, email, *lists, **attributes):
        body = {"email": email, "attributes": attributes, "listIds": list(lists)}
        return self("POST", "/contacts", body | {"updateEnabled": False})

    def contact(self, email):
        return self("GET", f"/contacts/{email}")

    def run(self, rows, lists, **options):
        """Import and poll to the end."""
        body = {"jsonBody": rows, "listIds": lists} | options
        made = self.raw("POST", "/contacts/import", body)
        assert made.status_code == 202
        path, states = f"/processes/{made.json()['processId']}", []
        while not states or states[-1] in ("queued", "processing"):
            done = self("GET", path)
            states.append(done["status"])
        return done, states


@pytest.fixture
def client(sandbox):
    sandbox.set(contacts_per_second=10**6, others_per_hour=10**6)
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    return client("POST", "/contacts/lists", {"name": "News", "folderId": 1})["id"]


def journal(sandbox):
    return [note["via"] for note in sandbox.store.notes("reactivation", "brevo")]


# --- login, budgets, errors ---------------------------------------------------
@pytest.mark.parametrize(
    "key, foreign, message",
    [
        (None, False, "authentication not found in headers"),
        ("xkeysib-wrong", False, "Key not found"),
        (KEY, True, IP_HINT),
    ],
)
def test_three_kinds_of_401(sandbox, client, key, foreign, message):
    sandbox.set(foreign_ip=foreign)
    client.session.headers["api-key"] = key
    answer = client.raw("GET", "/account")
    assert answer.status_code == 401
    assert answer.json() == {"code": "unauthorized", "message": message}
    assert answer.headers["sib-request-id"]


def test_account(client):
    told = client("GET", "/account")
    assert told["email"] == "owner@example.org" and told["plan"][0]["credits"]


def test_two_budgets(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(contacts_per_second=2, contacts_per_hour=3, others_per_hour=1)
    assert client.status("GET", "/account") == 200
    answer = client.raw("GET", "/account")
    assert answer.status_code == 429
    assert answer.headers["x-sib-ratelimit-reset"] == "3600"
    assert answer.headers["x-sib-ratelimit-remaining"] == "0"
    assert "Retry-After" not in answer.headers
    assert [client.status("GET", "/contacts") for _ in range(3)] == [200, 200, 429]
    sandbox.clock.advance(1)
    assert [client.status("GET", "/contacts") for _ in range(2)] == [200, 429]
    sandbox.clock.advance(3600)
    answer = client.raw("GET", "/contacts")
    assert answer.headers["x-sib-ratelimit-limit"] == "2"
    assert answer.headers["x-sib-ratelimit-remaining"] == "1"


def test_a_fault_waits_in_the_tools_own_words(sandbox, client):
    sandbox.faults.add("status", tool="brevo", status=429, retry_after=7)
    assert client.raw("GET", "/contacts").headers["x-sib-ratelimit-reset"] == "7"


@pytest.mark.parametrize(
    "method, path, body, status, code",
    [
        ("GET", "/contacts?limit=1001", None, 400, "out_of_range"),
        ("GET", "/contacts/lists?limit=51", None, 400, "out_of_range"),
        ("GET", "/contacts/lists/1/contacts", None, 404, "document_not_found"),
        ("GET", "/contacts?limit=x", None, 400, "invalid_parameter"),
        ("GET", "/contacts?modifiedSince=2026-01-01", None, 400, "invalid_parameter"),
        ("GET", f"/contacts/{ANNA}", None, 404, "document_not_found"),
        ("PUT", f"/contacts/{ANNA}", {}, 404, "document_not_found"),
        ("DELETE", f"/contacts/{ANNA}", None, 404, "document_not_found"),
        ("POST", "/contacts", {}, 400, "missing_parameter"),
        ("POST", "/contacts", {"email": "x"}, 400, "invalid_parameter"),
        ("POST", "/contacts/lists", {"name": "x"}, 400, "missing_parameter"),
        ("POST", "/contacts/import", {"jsonBody": [{}]}, 400, "missing_parameter"),
        ("GET", "/processes/1", None, 404, "invalid_parameter"),
        ("POST", "/webhooks", {"url": "https://x.test"}, 400, "missing_parameter"),
        ("PATCH", "/contacts", {}, 405, "method_not_allowed"),
        ("GET", "/emailCampaigns", None, 404, "document_not_found"),
    ],
)
def test_errors(client, method, path, body, status, code):
    answer = client.raw(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_network_in_front_answers_with_a_page(client):
    answer = client.raw("DELETE", "/contacts/anna%40example.org.old")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


# --- contacts -----------------------------------------------------------------
def test_a_contact(client, list_id):
    made = client.add("Anna@Example.org", list_id, firstname="Anna", NOSUCH="x")
    found = client.contact(ANNA)
    assert found["id"] == made["id"]
    assert found["email"] == ANNA
    assert found["attributes"] == {"FIRSTNAME": "Anna"}
    assert found["listIds"] == [list_id] and found["listUnsubscribed"] is None
    assert found["statistics"] == {}
    assert found["emailBlacklisted"] is False
    assert found["createdAt"].endswith(".000+02:00")
    assert client("GET", f"/contacts/{made['id']}")["email"] == ANNA


def test_times_may_be_told_in_utc(sandbox, client):
    sandbox.set(time_offset=None)
    client.add(ANNA)
    assert client.contact(ANNA)["createdAt"].endswith(".000Z")


def test_upsert(client):
    body = {"email": ANNA, "updateEnabled": True}
    assert client.status("POST", "/contacts", body) == 201
    assert client.status("POST", "/contacts", body) == 204
    assert client.status("PUT", f"/contacts/{ANNA}", {"ext_id": "7"}) == 204
    found = client("GET", "/contacts/7", identifierType="ext_id")
    assert (found["email"], found["ext_id"]) == (ANNA, "7")


@pytest.mark.parametrize("code", ["duplicate_parameter", "invalid_parameter"])
def test_duplicates(sandbox, client, code):
    sandbox.set(duplicate_code=code)
    client.add(ANNA, SMS="+491")
    client.add(BOB)
    for method, path, body, who in [
        ("POST", "/contacts", {"email": ANNA}, ["email"]),
        ("POST", "/contacts", {"email": CARLA, "attributes": {"SMS": "+491"}}, ["SMS"]),
        ("PUT", f"/contacts/{BOB}", {"attributes": {"EMAIL": ANNA}}, ["email"]),
        ("PUT", f"/contacts/{BOB}", {"attributes": {"SMS": "+491"}}, ["SMS"]),
    ]:
        answer = client.raw(method, path, body)
        assert answer.status_code == 400
        assert answer.json()["code"] == code
        assert answer.json()["metadata"] == {"duplicate_identifiers": who}


@pytest.mark.parametrize(
    "name, given, kept",
    [
        ("FIRSTNAME", "Änne", "Änne"),
        ("firstname", "x", "x"),
        ("FIRSTNAME", 5, None),
        ("FIRSTNAME", "", None),
        ("HEIGHT", 1.5, 1.5),
        ("HEIGHT", "1.5", None),
        ("BORN", "2001-02-28", "2001-02-28"),
        ("BORN", "28.02.2001", None),
        ("VIP", False, False),
        ("VIP", "true", None),
        ("DOUBLE_OPT-IN", "Yes", 1),
        ("DOUBLE_OPT-IN", 2, 2),
        ("DOUBLE_OPT-IN", "Maybe", None),
        ("HOBBIES", ["Chess"], ["Chess"]),
        ("HOBBIES", ["Golf"], None),
        ("NOSUCH", "x", None),
    ],
)
def test_values(client, name, given, kept):
    for new, kind in (("HEIGHT", "float"), ("BORN", "date"), ("VIP", "boolean")):
        client.raw("POST", f"/contacts/attributes/normal/{new}", {"type": kind})
    several = {"type": "multiple-choice", "multiCategoryOptions": ["Chess", "Go"]}
    client.raw("POST", "/contacts/attributes/normal/hobbies", several)
    client.add(ANNA, **{name: given})
    values = client.contact(ANNA)["attributes"]
    assert values == ({} if kept is None else {name.upper(): kept})


def test_a_blank_empties_and_what_is_not_named_stays(client):
    client.add(ANNA, FIRSTNAME="Anna", LASTNAME="Alt")
    client.raw("PUT", f"/contacts/{ANNA}", {"attributes": {"LASTNAME": ""}})
    assert client.contact(ANNA)["attributes"] == {"FIRSTNAME": "Anna"}


def test_a_new_address_keeps_the_id(client):
    made = client.add("o'neil+x@example.org", FIRSTNAME="Anna")
    change = {"attributes": {"EMAIL": "Neu/1@example.org"}}
    path = "/contacts/o%27neil%2Bx%40example.org"
    assert client.status("PUT", path, change) == 204
    found = client("GET", "/contacts/neu%2F1%40example.org")
    assert (found["id"], found["attributes"]) == (made["id"], {"FIRSTNAME": "Anna"})


def test_deleting_forgets_the_block(client, list_id):
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    assert client.status("DELETE", f"/contacts/{ANNA}") == 204
    client.run([{"email": ANNA}], [list_id])
    assert client.contact(ANNA)["emailBlacklisted"] is False
    client.add("owner@example.org")
    assert client.status("DELETE", "/contacts/owner@example.org") == 405


def test_pages(sandbox, client, list_id):
    sandbox.seed(list_id, 25, unsubscribed=10)
    path = f"/contacts/lists/{list_id}/contacts"
    found = [client("GET", path, limit=10, offset=n, sort="asc") for n in (0, 10, 20)]
    emails = [one["email"] for page in found for one in page["contacts"]]
    assert emails == [f"person{n:07}@example.org" for n in range(25)]
    assert {page["count"] for page in found} == {25}
    newest = client("GET", "/contacts", limit=3, offset=1)
    assert [one["email"][:13] for one in newest["contacts"]] == [
        f"person00000{n}" for n in (23, 22, 21)
    ]
    assert found[0]["contacts"][0]["emailBlacklisted"] is True


def test_filters(sandbox, client, list_id):
    sandbox.clock.freeze()
    client.add(ANNA, list_id, FIRSTNAME="Anna")
    client.add(BOB, FIRSTNAME="Bob")
    moment = datetime.fromtimestamp(sandbox.clock.now(), timezone.utc)
    sandbox.clock.advance(100)
    client.raw("PUT", f"/contacts/{BOB}", {"emailBlacklisted": True})

    def emails(**params):
        return [
            one["email"] for one in client("GET", "/contacts", **params)["contacts"]
        ]

    assert emails(listIds=list_id) == [ANNA]
    assert emails(filter='equals(FIRSTNAME,"Bob")') == [BOB]
    since = (moment + timedelta(seconds=50)).isoformat()
    assert emails(modifiedSince=since) == [BOB]
    assert emails(createdSince=since) == []
    assert client.status("GET", "/contacts", listIds=1, segmentId=1) == 400


# --- lists --------------------------------------------------------------------
def test_lists_and_folders(client, list_id):
    folder = client("POST", "/contacts/folders", {"name": "Odoo"})["id"]
    body = {"name": "Zwei", "folderId": folder}
    second = client("POST", "/contacts/lists", body)["id"]
    assert [o["id"] for o in client("GET", "/contacts/lists")["lists"]] == [
        second,
        list_id,
    ]
    inside = client("GET", f"/contacts/folders/{folder}/lists")
    assert [one["name"] for one in inside["lists"]] == ["Zwei"]
    assert client.status("PUT", f"/contacts/lists/{second}", {"name": "2"}) == 204
    assert client("GET", f"/contacts/lists/{second}")["name"] == "2"
    assert client.status("DELETE", f"/contacts/lists/{second}") == 204
    assert client("GET", "/contacts/lists")["count"] == 1
    assert client("GET", "/contacts/folders")["count"] == 2
    bad = {"name": "x", "folderId": 77}
    assert client.status("POST", "/contacts/lists", bad) == 400


@pytest.mark.parametrize("old, total, blocked", [(True, 1, 1), (False, 0, 0)])
def test_counts(sandbox, client, list_id, old, total, blocked):
    sandbox.set(old_counts=old)
    for email in (ANNA, BOB):
        client.add(email, list_id)
    client.raw("PUT", f"/contacts/{BOB}", {"emailBlacklisted": True})
    found = client("GET", f"/contacts/lists/{list_id}")
    assert found["uniqueSubscribers"] == 2
    assert (found["totalSubscribers"], found["totalBlacklisted"]) == (total, blocked)


@pytest.mark.parametrize("flat", [False, True])
def test_add_and_remove(sandbox, client, list_id, flat):
    sandbox.set(flat_answers=flat)
    for email in (ANNA, BOB):
        client.add(email)
    path = f"/contacts/lists/{list_id}/contacts"
    answer = client.raw("POST", f"{path}/add", {"emails": [ANNA, "no@example.org"]})
    assert answer.status_code == 201
    told = answer.json() if flat else answer.json()["contacts"]
    assert (told["success"], told["failure"]) == ([ANNA], ["no@example.org"])
    answer = client.raw("POST", f"{path}/add", {"emails": [ANNA]})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Contact already in list and/or does not exist"
    bob = client.contact(BOB)["id"]
    assert client.status("POST", f"{path}/add", {"ids": [bob]}) == 201
    assert client.status("POST", f"{path}/remove", {"emails": [ANNA]}) == 201
    assert client("GET", path)["count"] == 1
    many = {"ids": list(range(1, 152))}
    assert client.status("POST", f"{path}/add", many) == 400
    assert client.status("POST", f"{path}/add", {"ids": [1], "emails": [ANNA]}) == 400


def test_lists_of_a_write_are_added(client, list_id):
    second = client("POST", "/contacts/lists", {"name": "2", "folderId": 1})["id"]
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"listIds": [second]})
    assert client.contact(ANNA)["listIds"] == [list_id, second]
    client.raw("PUT", f"/contacts/{ANNA}", {"unlinkListIds": [list_id]})
    assert client.contact(ANNA)["listIds"] == [second]
    assert client.status("PUT", f"/contacts/{ANNA}", {"listIds": [1]}) == 400


# --- batches ------------------------------------------------------------------
def test_the_old_batch_is_all_or_nothing(client):
    client.add(ANNA)
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": "A"}}, {"email": BOB}]
    answer = client.raw("POST", "/contacts/batch", {"contacts": rows})
    assert answer.status_code == 404
    assert answer.json()["message"] == "No contact found for indexes 1"
    assert client.contact(ANNA)["attributes"] == {}
    assert client.status("POST", "/contacts/batch", {"contacts": rows[:1]}) == 204


def test_an_import(sandbox, client, list_id):
    sandbox.set(job_polls=2)
    rows = [{"email": "Anna@Example.org", "attributes": {"FIRSTNAME": "A", "NO": "x"}}]
    done, states = client.run(rows, [list_id])
    assert states == ["queued", "processing", "completed"]
    assert done["name"] == "IMPORTUSER"
    found = client.contact(ANNA)
    assert (found["attributes"], found["listIds"]) == ({"FIRSTNAME": "A"}, [list_id])


def test_an_import_that_nobody_asks_for_is_carried_out(client, list_id):
    body = {"fileBody": f"EMAIL;FIRSTNAME\n{ANNA};Anna", "listIds": [list_id]}
    assert client.status("POST", "/contacts/import", body) == 202
    assert client.contact(ANNA)["attributes"] == {"FIRSTNAME": "Anna"}


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_an_import_may_fail(sandbox, client, list_id, end):
    sandbox.set(import_end=end)
    done, _ = client.run([{"email": ANNA}], [list_id])
    assert done["status"] == end
    assert client.status("GET", f"/contacts/{ANNA}") == 404


@pytest.mark.parametrize("shape", ["number", "url", "null"])
def test_bad_rows_are_hardly_told(sandbox, client, list_id, shape):
    sandbox.set(import_invalid=shape)
    sandbox.faults.add("partial", tool="brevo", addresses="^bob@")
    rows = [{"email": ANNA}, {"email": "no address"}, {"email": BOB}]
    done, _ = client.run(rows, [list_id])
    told = done["info"]["import"]["invalid_emails"]
    if shape == "number":
        assert told == 2
    elif shape == "url":
        text = requests.get(told, timeout=5).text
        assert text.splitlines() == ["EMAIL", "no address", BOB]
    else:
        assert told is None
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 1


@pytest.mark.parametrize("blanks, kept", [(False, {"FIRSTNAME": "Anna"}), (True, {})])
def test_blanks_of_an_import(client, list_id, blanks, kept):
    client.add(ANNA, FIRSTNAME="Anna")
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": ""}}]
    client.run(rows, [list_id], emptyContactsAttributes=blanks)
    assert client.contact(ANNA)["attributes"] == kept


def test_known_contacts_may_be_left_alone(client, list_id):
    client.add(ANNA)
    rows = [{"email": ANNA, "attributes": {"FIRSTNAME": "A"}}]
    client.run(rows, [list_id], updateExistingContacts=False)
    assert client.contact(ANNA)["attributes"] == {}


@pytest.mark.parametrize("lifts", [True, False])
def test_an_import_and_the_block(sandbox, client, list_id, lifts):
    sandbox.set(import_lifts_block=lifts)
    client.add(ANNA, list_id)
    sandbox.act("brevo", "unsubscribe", list_id, ANNA)
    client.run([{"email": ANNA}], [list_id])
    assert client.contact(ANNA)["emailBlacklisted"] is not lifts
    assert journal(sandbox) == (["import"] if lifts else [])


# --- consent ------------------------------------------------------------------
def test_the_block_is_lifted_by_a_write_that_says_so(sandbox, client, list_id):
    client.add(ANNA, list_id)
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    body = {"email": ANNA, "updateEnabled": True, "listIds": [list_id]}
    client.raw("POST", "/contacts", body)
    assert client.contact(ANNA)["emailBlacklisted"] is True
    assert journal(sandbox) == []
    client.raw("POST", "/contacts", body | {"emailBlacklisted": False})
    assert client.contact(ANNA)["emailBlacklisted"] is False
    assert journal(sandbox) == ["api"]


@pytest.mark.parametrize(
    "act, statistic",
    [
        ("unsubscribe", "unsubscriptions"),
        ("bounce", "hardBounces"),
        ("complain", "complaints"),
        ("block", "unsubscriptions"),
    ],
)
def test_why_somebody_is_blocked_is_in_the_statistics(
    sandbox, client, list_id, act, statistic
):
    client.add(ANNA, list_id)
    sandbox.act("brevo", act, list_id, ANNA)
    found = client.contact(ANNA)
    assert found["emailBlacklisted"] is True and found["listIds"] == [list_id]
    assert list(found["statistics"]) == [statistic]
    sandbox.clock.advance(91 * 86400)
    assert client.contact(ANNA)["statistics"] == {}


def test_leaving_one_list(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.act("brevo", "leave", list_id, ANNA)
    found = client.contact(ANNA)
    assert (found["emailBlacklisted"], found["listIds"]) == (False, [])
    assert found["listUnsubscribed"] == [list_id]
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 0
    path = f"/contacts/lists/{list_id}/contacts/add"
    assert client.status("POST", path, {"emails": [ANNA]}) == 201
    assert client.contact(ANNA)["listUnsubscribed"] is None
    assert journal(sandbox) == ["api"]


def test_double_opt_in(sandbox, client, list_id):
    path = "/contacts/doubleOptinConfirmation"
    body = {
        "email": ANNA,
        "includeListIds": [list_id],
        "templateId": 1,
        "redirectionUrl": "https://example.org/danke",
        "attributes": {"FIRSTNAME": "Anna"},
    }
    for bad in ({"templateId": 2}, {"templateId": 9}, {"redirectionUrl": ""}):
        assert client.status("POST", path, body | bad) == 400
    assert client.status("POST", path, body) == 201
    assert client.status("GET", f"/contacts/{ANNA}") == 404
    assert client("GET", f"/contacts/lists/{list_id}/contacts")["count"] == 0
    sandbox.act("brevo", "confirm", list_id, ANNA)
    found = client.contact(ANNA)
    assert (found["listIds"], found["attributes"]) == ([list_id], {"FIRSTNAME": "Anna"})
    client.raw("PUT", f"/contacts/{ANNA}", {"emailBlacklisted": True})
    assert client.status("POST", path, body) == 204
    assert client.contact(ANNA)["emailBlacklisted"] is True
    sandbox.act("brevo", "confirm", list_id, ANNA)
    assert client.contact(ANNA)["emailBlacklisted"] is False
    assert journal(sandbox) == ["click"]
    templates = client("GET", "/smtp/templates", templateStatus="true")["templates"]
    assert [one["tag"] for one in templates] == ["optin", "newsletter"]


def test_blocks_of_the_shop_are_another_thing(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.act("brevo", "bounce", list_id, ANNA)
    (entry,) = client("GET", "/smtp/blockedContacts")["contacts"]
    assert (entry["email"], entry["reason"]["code"]) == (ANNA, "hardBounce")
    assert client.status("DELETE", f"/smtp/blockedContacts/{ANNA}") == 204
    assert client.status("DELETE", f"/smtp/blockedContacts/{ANNA}") == 404
    assert client.contact(ANNA)["emailBlacklisted"] is True


def test_acts(sandbox, client, list_id):
    def act(name, email=ANNA, **more):
        return sandbox.act("brevo", name, list_id, email, **more)

    act("subscribe", values={"FIRSTNAME": "Anna"})
    act("confirm")
    act("edit", values={"FIRSTNAME": "Änne"})
    act("soft_bounce")
    assert client.contact(ANNA)["emailBlacklisted"] is False
    act("change_address", new=BOB)
    assert client.contact(BOB)["attributes"] == {"FIRSTNAME": "Änne"}
    act("unsubscribe", BOB)
    act("activate", BOB)
    assert journal(sandbox) == ["staff"]
    act("delete", BOB)
    assert client("GET", "/contacts")["count"] == 0


# --- attributes ---------------------------------------------------------------
def test_attributes(client):
    path = "/contacts/attributes"
    assert client.status("POST", f"{path}/normal/Strasse", {"type": "text"}) == 201
    for bad in (f"{path}/normal/STRASSE", f"{path}/normal/A-B", f"{path}/odd/X"):
        assert client.status("POST", bad, {"type": "text"}) == 400
    assert client.status("POST", f"{path}/normal/X", {"type": "number"}) == 400
    choices = {"enumeration": [{"value": 1, "label": "Gold"}]}
    assert client.status("POST", f"{path}/category/LEVEL", choices) == 201
    found = {one["name"]: one for one in client("GET", path)["attributes"]}
    assert found["STRASSE"]["type"] == "text"
    assert "type" not in found["LEVEL"]
    assert found["LEVEL"]["enumeration"][0]["label"] == "Gold"
    client.add(ANNA, STRASSE="Weg 1")
    assert client.status("DELETE", f"{path}/normal/STRASSE") == 204
    assert client.status("DELETE", f"{path}/normal/STRASSE") == 404
    assert client.contact(ANNA)["attributes"] == {}


# --- webhooks -----------------------------------------------------------------
class Sent:
    """In place of the courier: keeps what would be sent."""

    def __init__(self, sandbox, monkeypatch):
        self.calls = []
        monkeypatch.setattr(sandbox.courier, "send", self)

    def __call__(self, tool, event, url, json, headers):
        self.calls.append((event, json, headers))


@pytest.mark.parametrize("batched", [False, True])
def test_webhooks(sandbox, client, list_id, monkeypatch, batched):
    sent = Sent(sandbox, monkeypatch)
    body = {
        "url": "https://odoo.example.org/hook",
        "type": "marketing",
        "events": ["unsubscribed", "listAddition", "contactUpdated", "contactDeleted"],
        "batched": batched,
        "auth": {"type": "bearer", "token": "t-1"},
        "headers": [{"key": "x-mine", "value": "1"}],
    }
    hook = client("POST", "/webhooks", body)["id"]
    client.add(ANNA, list_id)
    sandbox.act("brevo", "unsubscribe", list_id, ANNA)
    client.raw("DELETE", f"/contacts/{ANNA}")
    told = [call[1][0] if batched else call[1] for call in sent.calls]
    assert [one["event"] for one in told] == [
        "list_addition",
        "contact_updated",
        "unsubscribe",
        "contact_deleted",
    ]
    assert {one["id"] for one in told} == {hook}
    left, gone = told[2], told[3]
    assert left["list_id"] == [list_id] and left["campaign name"] == "Newsletter"
    assert isinstance(left["ts_event"], int) and "+" not in left["date_event"]
    assert gone["email"] == [ANNA] and "key" in gone
    assert sent.calls[0][2] == {"x-mine": "1", "Authorization": "Bearer t-1"}
    assert client.status("DELETE", f"/webhooks/{hook}") == 204
    assert client("GET", "/webhooks", type="marketing") == {"webhooks": []}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "transactional"},
        {"events": ["nosuch"]},
        {"events": []},
        {"url": "http://example.org/x"},
    ],
)
def test_webhooks_that_are_refused(client, change):
    body = {
        "url": "https://odoo.example.org/hook",
        "type": "marketing",
        "events": ["contactUpdated"],
    }
    assert client.status("POST", "/webhooks", body | change) == 400


def test_a_reset_leaves_nobody(sandbox, client, list_id):
    client.add(ANNA, list_id)
    sandbox.reset()
    assert client("GET", "/contacts")["count"] == 0
    assert client("GET", "/contacts/lists")["count"] == 0
    assert client("GET", "/contacts/folders")["folders"][0]["id"] == 1
