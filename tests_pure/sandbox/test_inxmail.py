"""Inxmail's dialect, fact by fact of the provider notes."""

import gzip
from datetime import datetime, timedelta, timezone

import pytest
import requests

from newsletter_sync.sandbox import Sandbox

ANNA, BOB = "anna@example.org", "bob@example.org"
HAL = "application/hal+json"
MERGE = {"Content-Type": "application/merge-patch+json"}
PROBLEM = "application/problem+json"


class Client:
    """Speaks as a good client does; paths begin below ``/rest/v1``."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.base = sandbox.url("inxmail") + "/sandbox/rest/v1"
        self.session = requests.Session()
        self.session.auth = ("sandbox-key", "sandbox-secret")
        self.session.headers["Accept"] = f"{HAL},{PROBLEM}"

    def raw(self, method, path, json=None, **options):
        url = path if path.startswith("http") else self.base + path
        if method == "PATCH":
            options.setdefault("headers", MERGE)
        return self.session.request(method, url, json=json, timeout=20, **options)

    def __call__(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).json()

    def status(self, method, path, json=None, **params):
        return self.raw(method, path, json, params=params).status_code

    def items(self, path, **params):
        """One page's items."""
        (found,) = self("GET", path, **params).get("_embedded", {"": []}).values()
        return found

    def emails(self, **params):
        return [one["email"] for one in self.items("/recipients", **params)]

    def result(self, event, list_id, email, **more):
        body = {"listId": list_id, "email": email, **more}
        return self("POST", f"/events/{event}", body)["result"]

    def upload(self, list_id, text, name="people.csv", **params):
        files = {"file": (name, text if isinstance(text, bytes) else text.encode())}
        params["listId"] = list_id
        return self.raw("POST", "/imports/recipients", files=files, params=params)

    def run(self, list_id, text, **params):
        """Import and poll to the end: the import, and its errors."""
        made = self.upload(list_id, text, **params).json()
        path = f"/imports/recipients/{made['id']}"
        states = [made["state"]]
        while states[-1] not in ("SUCCESS", "FAILED"):
            done = self("GET", path)
            states.append(done["state"])
        (file,) = self.items(f"{path}/files")
        return done, self.items(f"{path}/files/{file['id']}/errors"), states


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    body = {"name": "News", "type": "STANDARD", "senderAddress": "a@example.org"}
    return client("POST", "/lists", body)["id"]


def journal(sandbox):
    return [note["via"] for note in sandbox.store.notes("reactivation", "inxmail")]


# --- login, budget, shapes --------------------------------------------------
def test_entry_point(client):
    links = client("GET", "/")["_links"]
    assert links["inx:recipients"]["href"] == client.base + "/recipients"
    assert links["curies"][0]["templated"] is True


@pytest.mark.parametrize("auth", [None, ("sandbox-key", "x"), ("x", "sandbox-secret")])
def test_wrong_login(client, auth):
    client.session.auth = auth
    answer = client.raw("GET", "/lists")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == PROBLEM


def test_missing_role(sandbox, client):
    sandbox.tools["inxmail"].switches["missing_roles"] = {"blacklist-entries"}
    assert client.status("GET", "/blacklist-entries") == 403
    assert client.status("GET", "/lists") == 200


def test_another_customer(client):
    client.base = client.base.replace("/sandbox/", "/other/")
    assert client.status("GET", "/lists") == 404


def test_budget_is_told_and_runs_out(sandbox, client):
    sandbox.clock.freeze()
    sandbox.set(requests_per_minute=2)
    answer = client.raw("GET", "/lists")
    assert answer.headers["X-RateLimit-Limit"] == "2"
    assert answer.headers["X-RateLimit-Remaining"] == "1"
    sandbox.clock.advance(20)
    assert client.status("GET", "/lists") == 200
    answer = client.raw("GET", "/lists")
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == PROBLEM
    assert answer.headers["X-RateLimit-Reset"] == "40"
    assert "Retry-After" not in answer.headers
    sandbox.clock.advance(40)
    assert client.status("GET", "/lists") == 200


def test_a_fault_waits_in_the_tools_own_words(sandbox, client):
    sandbox.faults.add("status", tool="inxmail", status=429, retry_after=7)
    answer = client.raw("GET", "/lists")
    assert answer.headers["X-RateLimit-Reset"] == "7"
    assert answer.json()["title"]


@pytest.mark.parametrize(
    "method, path, headers, status",
    [
        ("GET", "/lists", {"Accept": "application/json"}, 406),
        ("GET", "/lists", {"Accept": "*/*"}, 200),
        ("POST", "/recipients", {"Content-Type": "text/csv"}, 415),
        ("PATCH", "/recipients/1", {"Content-Type": "application/json"}, 415),
        ("POST", "/imports/recipients", {"Content-Type": HAL}, 415),
    ],
)
def test_content_types(client, method, path, headers, status):
    answer = client.raw(method, path, data=b"{}", headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/serverinfo"),
        ("GET", "/recipients/1000001/lists"),
        ("GET", "/recipients?subscriptionDatesForLists=1"),
        ("POST", "/memberships"),
        ("DELETE", "/attributes/1"),
        ("GET", "/mailings"),
        ("GET", "/clicks"),
    ],
)
def test_what_nobody_knows_is_501(client, method, path):
    assert client.status(method, path, {} if method == "POST" else None) == 501


# --- lists ------------------------------------------------------------------
def test_lists(client, list_id):
    found = {one["id"]: one for one in client.items("/lists")}
    assert found[list_id]["type"] == "STANDARD"
    assert {one["type"] for one in found.values()} == {"STANDARD", "SYSTEM"}
    body = {"name": "Neu", "senderAddress": "b@example.org", "description": "d"}
    assert client("PUT", f"/lists/{list_id}", body)["name"] == "Neu"
    assert [o["id"] for o in client.items("/lists", name="Neu")] == [list_id]
    assert client.items("/lists", senderDomain="example.net") == []
    assert client.status("DELETE", f"/lists/{list_id}") == 204
    assert client.status("GET", f"/lists/{list_id}") == 404


@pytest.mark.parametrize(
    "change, field",
    [
        ({"name": " x"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"type": "ADMIN"}, "type"),
        ({"senderAddress": None}, "senderAddress"),
        ({"description": "x" * 256}, "description"),
    ],
)
def test_lists_that_are_refused(client, change, field):
    body = {"name": "x", "type": "STANDARD", "senderAddress": "a@example.org"}
    answer = client.raw("POST", "/lists", body | change)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["invalidFields"]] == [field]


def test_the_system_list_cannot_be_joined(client, sandbox):
    system = sandbox.tools["inxmail"].pool
    body = {"listId": system, "email": ANNA}
    assert client.status("POST", "/events/subscriptions", body) == 400


def test_counts_are_cached(sandbox, client, list_id):
    sandbox.clock.freeze()
    sandbox.set(count_lag=300)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 0
    client.result("subscriptions", list_id, ANNA)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 0
    sandbox.clock.advance(300)
    assert client("GET", f"/lists/{list_id}/count")["count"] == 1


def test_settings_are_texts(client, list_id):
    path = f"/lists/{list_id}/settings/TrackingPermissionDetachedFromMembership"
    assert client("GET", path) == {"value": "false"}
    assert client.status("PATCH", path, {"value": True}) == 400
    assert client("PATCH", path, {"value": "true"}) == {"value": "true"}
    assert client("GET", path) == {"value": "true"}


# --- pages ------------------------------------------------------------------
def test_pages_by_cursor(sandbox, client, list_id):
    sandbox.seed(list_id, 25)
    page, seen = client("GET", "/recipients", pageSize=10, subscribedTo=list_id), []
    while True:
        seen += [one["email"] for one in page["_embedded"]["inx:recipients"]]
        following = page["_links"].get("next")
        if not following:
            break
        page = client("GET", following["href"])
    assert seen == [f"person{n:07}@example.org" for n in range(25)]
    assert "_embedded" not in client("GET", "/recipients", email="nobody@example.org")


@pytest.mark.parametrize("size, status", [(1000, 200), (1001, 400), (0, 400)])
def test_page_sizes(client, size, status):
    assert client.status("GET", "/recipients", pageSize=size) == status


def test_upcoming_links_are_valid_for_ever(client, list_id):
    client.result("subscriptions", list_id, ANNA)
    page = client("GET", "/events/subscriptions")
    upcoming = page["_links"]["inx:upcoming"]["href"]
    for _ in range(2):
        assert "_embedded" not in client("GET", upcoming)
    client.result("subscriptions", list_id, BOB)
    for _ in range(2):
        (event,) = client.items(upcoming)
        assert event["type"] == "MANUAL_SUBSCRIPTION"


def test_unknown_parameters_are_refused(client):
    assert client.status("GET", "/recipients", subscribed=1) == 400


# --- attributes -------------------------------------------------------------
def test_attributes(client):
    made = client("POST", "/attributes", {"name": "Größe cm", "type": "INTEGER"})
    found = {one["name"]: one for one in client.items("/attributes")}
    assert found["Größe cm"]["id"] == made["id"]
    assert found["Vorname"]["maxLength"] == 255
    body = {"name": "Größe cm", "type": "TEXT"}
    assert client.status("POST", "/attributes", body) == 409
    assert client.status("GET", f"/attributes/{made['id']}") == 200
    for bad in ({"name": "x", "type": "text"}, {"name": "Email", "type": "TEXT"}):
        assert client.status("POST", "/attributes", bad) == 400
    later = {"If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}
    assert client.raw("GET", "/attributes", headers=later).status_code == 304


@pytest.mark.parametrize(
    "name, value, status, told",
    [
        ("Vorname", "Änne", 200, "Änne"),
        ("Vorname", None, 200, None),
        ("Vorname", 5, 400, None),
        ("Vorname", "x" * 256, 400, None),
        ("Kunden-Nr.", 5, 200, 5),
        ("Kunden-Nr.", "5", 400, None),
        ("Kunden-Nr.", True, 400, None),
        ("Umsatz", 1.5, 200, 1.5),
        ("VIP Kunde", False, 200, False),
        ("VIP Kunde", "true", 400, None),
        ("Geburtstag", "2001-02-28", 200, "2001-02-28"),
        ("Geburtstag", "28.02.2001", 400, None),
        ("Letzter Kauf", "2021-05-27T05:27:55Z", 200, "2021-05-27T05:27:55Z"),
        ("Letzter Kauf", "2021-05-27T07:27:55+02:00", 200, "2021-05-27T05:27:55Z"),
        ("Letzter Kauf", "2021-05-27", 400, None),
        ("vorname", "x", 400, None),
    ],
)
def test_values_are_typed(client, name, value, status, told):
    client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    change = {"attributes": {name: value}}
    assert client.status("PATCH", f"/recipients/{ANNA}", change) == status
    if status == 200:
        found = client("GET", f"/recipients/{ANNA}", attributes=name)
        assert found["attributes"] == {name: told}


def test_an_unknown_attribute_is_named(client):
    answer = client.raw("GET", "/recipients?attributes=Vorname,Nochwas")
    assert answer.status_code == 400 and "Nochwas" in answer.json()["detail"]


# --- recipients -------------------------------------------------------------
def test_a_recipient_is_on_no_list(client, list_id):
    body = {"email": "Anna@Example.org", "attributes": {"Vorname": "Anna"}}
    made = client("POST", "/recipients", body)
    assert client.status("POST", "/recipients", body) == 409
    assert client.status("POST", "/recipients", {"email": BOB}) == 400
    assert client.emails() == [ANNA]
    assert client.emails(subscribedTo=list_id) == []
    assert client("GET", f"/recipients/{ANNA}")["attributes"] == {}
    every = client.raw("GET", f"/recipients/{made['id']}?allAttributes").json()
    assert every["attributes"]["Vorname"] == "Anna" and len(every["attributes"]) == 7
    assert client.status("GET", "/recipients?allAttributes") == 400


def test_changing_the_address_keeps_the_id(client):
    made = client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    client("POST", "/recipients", {"email": BOB, "attributes": {}})
    assert client.status("PATCH", f"/recipients/{ANNA}", {"email": BOB}) == 409
    assert client.status("PATCH", f"/recipients/{ANNA}", {"email": "no"}) == 400
    new = "a+b/c@example.net"
    changed = client("PATCH", f"/recipients/{ANNA}", {"email": new})
    assert (changed["id"], changed["email"]) == (made["id"], new)
    assert client.status("GET", f"/recipients/{ANNA}") == 404
    for name in ("a%2Bb/c@example.net", "a%2Bb%2Fc%40example.net"):
        assert client.status("GET", f"/recipients/{name}") == 200


def test_deleting_forgets_that_somebody_left(sandbox, client, list_id):
    client.result("subscriptions", list_id, ANNA)
    client.result("unsubscriptions", list_id, ANNA)
    (anna,) = client.items("/recipients")
    assert client.status("DELETE", f"/recipients/{ANNA}") == 404  # by id only
    assert client.status("DELETE", f"/recipients/{anna['id']}") == 204
    assert client.status("DELETE", f"/recipients/{anna['id']}") == 404
    client.run(list_id, f"email\n{ANNA}")
    assert client.emails(subscribedTo=list_id) == [ANNA]
    assert journal(sandbox) == []


def test_last_modified_moves_with_values_only(sandbox, client, list_id):
    sandbox.clock.freeze()
    client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    sandbox.clock.advance(100)
    client.result("subscriptions", list_id, ANNA)
    moment = datetime.fromtimestamp(sandbox.clock.now(), timezone.utc)
    since = (moment - timedelta(seconds=50)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.emails(lastModifiedSince=since) == []
    client("PATCH", f"/recipients/{ANNA}", {"attributes": {"Vorname": "A"}})
    assert client.emails(lastModifiedSince=since) == [ANNA]
    assert client.status("GET", "/recipients", lastModifiedSince="gestern") == 400


def test_filters(client, list_id):
    for email in (ANNA, BOB):
        client.result("subscriptions", list_id, email, attributes={"Vorname": email})
    client.result("unsubscriptions", list_id, BOB)
    assert client.emails(subscribedTo=list_id) == [ANNA]
    assert client.emails(subscribedToAny=f"{list_id}") == [ANNA]
    assert client.emails(unsubscribedFromAny=list_id) == [BOB]
    assert client.emails(email=f"{ANNA},{BOB},c@example.org") == [ANNA, BOB]
    assert client.emails(**{"attributes.Vorname": BOB}) == [BOB]
    assert client.status("GET", "/recipients", subscribedTo=1) == 404


# --- coming and going -------------------------------------------------------
def test_single_opt_in(sandbox, client, list_id):
    values = {"Vorname": "Anna"}
    args = ("subscriptions", list_id, ANNA)
    assert client.result(*args, attributes=values) == "MANUAL_SUBSCRIPTION"
    again = client.result(*args, attributes={"Vorname": "X"})
    assert again == "DUPLICATE_SUBSCRIPTION"
    (anna,) = client.items("/recipients", attributes="Vorname", subscribedTo=list_id)
    assert anna["attributes"] == values
    client.result("unsubscriptions", list_id, ANNA)
    assert client.result(*args) == "MANUAL_SUBSCRIPTION"
    assert journal(sandbox) == ["api"]


def test_double_opt_in(sandbox, client, list_id):
    sandbox.tools["inxmail"].configure(list_id, double_opt_in=True)
    values = {"Vorname": "Anna"}
    result = client.result("subscriptions", list_id, ANNA, attributes=values)
    assert result == "PENDING_SUBSCRIPTION"
    assert client.emails() == []
    (event,) = client.items("/events/subscriptions", embedded="inx:recipient")
    assert event["_embedded"]["inx:recipient"]["email"] == ANNA
    sandbox.act("inxmail", "confirm", list_id, ANNA)
    (anna,) = client.items("/recipients", attributes="Vorname", subscribedTo=list_id)
    assert anna["attributes"] == values
    types = [event["type"] for event in client.items("/events/subscriptions")]
    assert types == ["PENDING_SUBSCRIPTION", "VERIFIED_SUBSCRIPTION"]
    assert journal(sandbox) == ["click"]


@pytest.mark.parametrize(
    "email, result",
    [("no address", "INVALID_ADDRESS_ERROR"), ("x@bad.example.net", "BLACKLISTED")],
)
def test_200_is_not_subscribed(client, list_id, email, result):
    assert (
        client.status("POST", "/blacklist-entries", {"pattern": "*.example.net"}) == 201
    )
    assert client.result("subscriptions", list_id, email) == result
    assert client.emails() == []


def test_leaving(sandbox, client, list_id):
    args = ("unsubscriptions", list_id, ANNA)
    assert client.result(*args) == "NOT_IN_SYSTEM_UNSUBSCRIPTION"
    client("POST", "/recipients", {"email": ANNA, "attributes": {}})
    assert client.result(*args) == "NOT_IN_LIST_UNSUBSCRIPTION"
    client.result("subscriptions", list_id, ANNA)
    assert client.result(*args) == "MANUAL_UNSUBSCRIPTION"
    assert client.result(*args) == "DUPLICATE_UNSUBSCRIPTION"
    sandbox.tools["inxmail"].configure(list_id, confirm_unsubscribe=True)
    client.result("subscriptions", list_id, ANNA)
    assert client.result(*args) == "PENDING_UNSUBSCRIPTION"
    assert client.emails(subscribedTo=list_id) == [ANNA]
    sandbox.act("inxmail", "confirm", list_id, ANNA)
    assert client.emails(subscribedTo=list_id) == []
    types = [event["type"] for event in client.items("/events/unsubscriptions")]
    assert types[-2:] == ["PENDING_UNSUBSCRIPTION", "VERIFIED_UNSUBSCRIPTION"]


def test_a_list_may_delete_who_leaves_the_last_one(sandbox, client, list_id):
    sandbox.tools["inxmail"].configure(list_id, delete_unlisted=True)
    client.result("subscriptions", list_id, ANNA)
    client.result("unsubscriptions", list_id, ANNA)
    assert client.status("GET", f"/recipients/{ANNA}") == 404
    assert client.result("unsubscriptions", list_id, ANNA).startswith("NOT_IN_SYSTEM")


# --- imports ----------------------------------------------------------------
def test_an_import_goes_on_by_polls(sandbox, client, list_id):
    sandbox.set(job_polls=3)
    text = f'"email";"Vorname";"Kunden-Nr."\n"{ANNA}";"A; ""B""";"5"\n'
    done, errors, states = client.run(list_id, text)
    assert states == ["NEW", "NEW", "NEW", "PROCESSING", "SUCCESS"]
    assert (done["successCount"], done["failCount"], errors) == (1, 0, [])
    names = "Vorname,Kunden-Nr."
    (anna,) = client.items("/recipients", attributes=names, subscribedTo=list_id)
    assert anna["attributes"] == {"Vorname": 'A; "B"', "Kunden-Nr.": 5}


def test_an_import_that_nobody_asks_for_is_carried_out(client, list_id):
    packed = gzip.compress(f"email\n{ANNA}".encode())
    assert client.upload(list_id, packed, "people.csv.gz").status_code == 201
    assert client.emails(subscribedTo=list_id) == [ANNA]


@pytest.mark.parametrize(
    "row, error, value",
    [
        ("no address;x;1", "EMAIL_PARSE_ERROR", "no address"),
        ("left@example.org;x;1", "UNSUBSCRIPTION_ERROR", "left@example.org"),
        ("x@example.net;x;1", "BLACKLIST_ERROR", "x@example.net"),
        (f"{ANNA};x;abc", "ATTRIBUTE_PARSE_ERROR", ANNA),
        (f"{ANNA};{'x' * 256};1", "ATTRIBUTE_PARSE_ERROR", ANNA),
        (f"{ANNA};x", "LINE_PARSE_ERROR", ANNA),
        ("refused@example.org;x;1", "SAVE_ERROR", "refused@example.org"),
    ],
)
def test_a_bad_row_fails_alone(sandbox, client, list_id, row, error, value):
    client.result("subscriptions", list_id, "left@example.org")
    client.result("unsubscriptions", list_id, "left@example.org")
    client("POST", "/blacklist-entries", {"pattern": "example.net"})
    sandbox.faults.add("partial", tool="inxmail", addresses="^refused@")
    text = f"email;Vorname;Kunden-Nr.\n{row}\n{BOB};Bob;2"
    done, errors, _ = client.run(list_id, text)
    assert (done["state"], done["successCount"], done["failCount"]) == ("SUCCESS", 1, 1)
    assert errors == [{"error": error, "value": value}]
    assert client.emails(subscribedTo=list_id) == [BOB]
    assert journal(sandbox) == []


def test_a_column_that_is_no_attribute_is_a_warning(client, list_id):
    done, errors, _ = client.run(list_id, f"email;Vornahme\n{ANNA};A")
    assert errors == [{"error": "COLUMN_NOT_FOUND_WARN", "value": "Vornahme"}]
    assert (done["successCount"], done["failCount"]) == (1, 0)


def test_a_file_without_addresses(client, list_id):
    done, errors, _ = client.run(list_id, f"Mail\n{ANNA}")
    assert done["state"] == "FAILED"
    assert errors == [{"error": "HEADER_ERROR", "value": "Mail"}]


def test_resubscribe_and_truncate(sandbox, client, list_id):
    for email in (ANNA, BOB):
        client.result("subscriptions", list_id, email)
    client.result("unsubscriptions", list_id, ANNA)
    client.run(list_id, f"email\n{ANNA}", resubscribe="true")
    assert client.emails(subscribedTo=list_id) == [ANNA, BOB]
    assert journal(sandbox) == ["import"]
    client.run(list_id, f"email\n{ANNA}", truncate="true")
    assert client.emails(subscribedTo=list_id) == [ANNA]


@pytest.mark.parametrize(
    "mode, values",
    [
        ("UPDATE", {"Vorname": None, "Nachname": "Alt", "Kunden-Nr.": 7}),
        ("KEEP_EXISTING", {"Vorname": "Anna", "Nachname": "Alt", "Kunden-Nr.": 5}),
        ("OVERWRITE_FULL", {"Vorname": None, "Nachname": None, "Kunden-Nr.": 7}),
    ],
)
def test_what_a_file_does_to_known_values(client, list_id, mode, values):
    old = {"Vorname": "Anna", "Nachname": "Alt", "Kunden-Nr.": 5}
    client("POST", "/recipients", {"email": ANNA, "attributes": old})
    text = f"email;Vorname;Kunden-Nr.\n{ANNA};;7"
    client.run(list_id, text, importConflictMode=mode)
    found = client("GET", f"/recipients/{ANNA}", attributes=",".join(values))
    assert found["attributes"] == values


def test_imports_that_are_refused(sandbox, client, list_id):
    sandbox.set(max_import=20)
    assert client.upload(list_id, "email\n" + ANNA * 9).status_code == 413
    assert client.upload(1, "email").status_code == 404
    assert client.upload(list_id, b"\xff\xfe").status_code == 400
    assert client.status("GET", "/imports/recipients/1") == 404


# --- blacklist, bounces, acts -----------------------------------------------
def test_the_blacklist_holds_patterns(client):
    made = client("POST", "/blacklist-entries", {"pattern": "*@spam.example.net"})
    path = f"/blacklist-entries/{made['id']}"
    assert client.status("POST", "/blacklist-entries", {"pattern": ""}) == 400
    found = client.items("/blacklist-entries", patternContainsIgnoreCase="SPAM")
    assert [one["pattern"] for one in found] == ["*@spam.example.net"]
    assert client("PUT", path, {"pattern": ANNA})["pattern"] == ANNA
    assert client.status("DELETE", path) == 204
    assert client.status("DELETE", path) == 404


def test_a_bounce_leaves_nothing_at_the_recipient(sandbox, client, list_id):
    client.result("subscriptions", list_id, ANNA)
    sandbox.act("inxmail", "bounce", list_id, ANNA)
    sandbox.act("inxmail", "soft_bounce", list_id, ANNA)
    assert client.emails(subscribedTo=list_id) == [ANNA]
    found = client.items("/bounces", embedded="inx:recipient", listIds=list_id)
    assert [one["category"] for one in found] == ["HARD", "SOFT"]
    assert found[0]["_embedded"]["inx:recipient"]["email"] == ANNA
    (soft,) = client.items("/bounces", bounceCategory="SOFT")
    assert soft["id"] == found[1]["id"]
    assert client.items("/bounces", startDate="2098-01-01T00:00:00Z") == []


def test_acts(sandbox, client, list_id):
    def act(name, email=ANNA, **more):
        return sandbox.act("inxmail", name, list_id, email, **more)

    act("subscribe")
    assert client.emails() == []
    act("confirm")
    act("edit", values={"Vorname": "Änne", "Kunden-Nr.": "7"})
    act("change_address", new=BOB)
    found = client("GET", f"/recipients/{BOB}", attributes="Vorname,Kunden-Nr.")
    assert found["attributes"] == {"Vorname": "Änne", "Kunden-Nr.": 7}
    act("unsubscribe", BOB, how="header")
    (event,) = client.items("/events/unsubscriptions")
    assert event["type"] == "LIST_UNSUBSCRIBE_HEADER_UNSUBSCRIPTION"
    act("block", BOB)
    assert client.result("subscriptions", list_id, BOB) == "BLACKLISTED"
    act("delete", BOB)
    assert client.emails() == []


def test_a_reset_leaves_nobody(sandbox, client, list_id):
    client.upload(list_id, f"email\n{ANNA}")
    sandbox.reset()
    assert client.emails() == []
    assert [one["type"] for one in client.items("/lists")] == ["SYSTEM"]


def test_a_kept_file_is_the_same_account(tmp_path):
    for _ in range(2):
        with Sandbox(data=str(tmp_path / "data")) as sandbox:
            client = Client(sandbox)
            assert len(client.items("/lists")) == 1
            assert len(client.items("/attributes")) == 7
