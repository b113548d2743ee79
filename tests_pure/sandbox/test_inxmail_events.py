"""Inxmail's dialect: who comes and goes, by event, import and act."""

import gzip

import pytest

from newsletter_sync.sandbox import Sandbox
from newsletter_sync.tests_pure.sandbox.inxmail_client import (
    ANNA,
    BOB,
    Client,
    journal,
)


@pytest.fixture
def client(sandbox):
    return Client(sandbox)


@pytest.fixture
def list_id(client):
    body = {"name": "News", "type": "STANDARD", "senderAddress": "a@example.org"}
    return client("POST", "/lists", body)["id"]


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
