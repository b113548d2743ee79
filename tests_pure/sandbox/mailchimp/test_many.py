"""Mailchimp's dialect: many members, written and read."""

import io
import json
import tarfile

import pytest
import requests

from newsletter_sync.tests_pure.sandbox.mailchimp.client import ANNA, BOB, md5, tags


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
    client("POST", f"{path}/{anna['id']}/tags", tags(active=["vip"]))
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
