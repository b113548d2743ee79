"""Blacklists, bounces, double opt-in mails, and what people do."""

import pytest
import requests

DOI = {"user_ip": "192.0.2.7", "referer": "https://example.org", "user_agent": "x"}


@pytest.fixture
def path(group):
    return f"/groups/{group}/receivers"


@pytest.fixture
def form(client, group):
    return client("POST", f"/forms/{group}/createfromtemplate/default")["id"]


def test_blacklist(client, group, path):
    assert client("POST", "/blacklist", {"email": "A@example.org", "comment": "c"}) == {
        "email": "a@example.org",
        "comment": "c",
        "stamp": client("GET", "/blacklist/a@example.org")["stamp"],
    }
    assert client.status("POST", "/blacklist", {"email": "a@example.org"}) == 409
    assert client.status("PUT", "/blacklist", {"email": "a@example.org"}) == 200
    assert client.status("POST", "/blacklist", {"email": "bad"}) == 400
    assert len(client("GET", "/blacklist")) == 1
    own = f"/groups/{group}/blacklist"
    client("POST", own, {"email": "b@example.org"})
    assert [one["email"] for one in client("GET", own)] == ["b@example.org"]
    assert client("DELETE", f"{own}/b@example.org") is True
    assert client("DELETE", "/blacklist/a@example.org") is True
    assert client.status("DELETE", "/blacklist/a@example.org") == 404


def test_writing_blacklisted_addresses(sandbox, client, group, path):
    client("POST", f"{path}", {"email": "known@example.org"})
    client("POST", f"/groups/{group}/blacklist", {"email": "known@example.org"})
    client("POST", "/blacklist", {"email": "new@example.org"})
    rows = [{"email": "known@example.org"}, {"email": "new@example.org"}]
    known, new = client("POST", f"{path}/upsert", rows)
    assert known["id"] and new == "invalid address 'new@example.org'"
    assert client("GET", f"{path}/known@example.org")["active"]
    sandbox.set(awkward={"blocked_accepted"})
    assert isinstance(client("POST", f"{path}/upsert", rows)[1], dict)


def test_isvalid(client, group):
    client("POST", "/blacklist", {"email": "b@example.org"})
    client("POST", f"/groups/{group}/blacklist", {"email": "c@example.org"})
    emails = ["a@example.org", "b@example.org", "c@example.org", "bad"]
    body = {"emails": emails}
    assert client("POST", "/receivers/isvalid", body) == [emails[0], emails[2]]
    body["group_id"] = group
    assert client("POST", "/receivers/isvalid", body) == emails[:1]
    body["invert"] = True
    assert client("POST", "/receivers/isvalid", body) == emails[1:]


@pytest.mark.parametrize("act, category", [("bounce", "hard"), ("soft_bounce", "soft")])
def test_bounces(sandbox, client, group, path, act, category):
    client("POST", path, {"email": "a@example.org"})
    for _ in range(2):
        sandbox.act("cleverreach", act, group, "a@example.org", text="550 no")
    (bounce,) = client("GET", "/bounces", pagesize=500)
    assert bounce["category"].startswith(category)
    assert bounce["occurences"] == 2 and bounce["bounce_message"] == "550 no"
    assert client("GET", "/bounces", page=1) == []
    found = client("GET", f"{path}/a@example.org", detail=1)
    assert bool(found["bounced"]) is (category == "hard")
    assert found["events"][0]["type"] == "mail_bounce"


def test_double_opt_in_by_the_api(sandbox, client, group, path, form):
    send = f"/forms/{form}/send/activate"
    body = {"email": "a@example.org", "groups_id": group, "doidata": DOI}
    assert client.status("POST", send, body) == 404
    row = {"email": "a@example.org", "registered": 5, "activated": 0}
    client("POST", path, row)
    assert client.status("POST", send, {"email": "a@example.org"}) == 400
    assert client("POST", send, body) == "a@example.org"
    sandbox.set(awkward={"doi_object"})
    assert client("POST", send, body)["success"] is True
    mail = sandbox.store.notes("mail")[0]
    page = requests.get(mail["link"], timeout=10)
    assert "Confirm" in page.text
    # Looking at the link is no confirmation: mail scanners follow links.
    assert client("GET", f"{path}/a@example.org")["activated"] == 0
    requests.post(mail["link"], timeout=10)
    assert client("GET", f"{path}/a@example.org")["active"]
    assert requests.post(mail["link"], timeout=10).status_code == 404
    assert client.status("POST", send, body) == 404


def test_leaving_by_the_mailed_link(sandbox, client, group, path, form):
    client("POST", path, {"email": "a@example.org"})
    body = {"email": "a@example.org", "doidata": DOI}
    assert client.status("POST", f"/forms/{form}/send/deactivate", body) == 200
    requests.post(sandbox.store.notes("mail")[0]["link"], timeout=10)
    found = client("GET", f"{path}/a@example.org", detail=1)
    assert found["deactivated"] and found["events"][0]["type"] == "user_unsubscribe"


def test_form_shape(client, group, form):
    (listed,) = client("GET", "/forms")
    assert listed["customer_tables_id"] == group
    assert client("GET", f"/groups/{group}/forms") == [listed]
    assert client("GET", f"/forms/{form}") == listed
    assert client.status("GET", "/forms/1") == 404


def test_sign_up_and_confirm(sandbox, client, group, path):
    values = {"firstname": "Eva"}
    sandbox.act("cleverreach", "subscribe", group, "Eva@example.org", values=values)
    found = client("GET", f"{path}/eva@example.org")
    assert found["registered"] and not found["activated"]
    assert found["global_attributes"]["firstname"] == "Eva"
    sandbox.act("cleverreach", "confirm", group, "eva@example.org")
    assert client("GET", f"{path}/eva@example.org")["active"]
    assert sandbox.store.notes("reactivation")[0]["via"] == "click"


def test_signing_up_again_after_leaving_needs_the_click(sandbox, client, group, path):
    client("POST", path, {"email": "a@example.org"})
    sandbox.act("cleverreach", "unsubscribe", group, "a@example.org")
    sandbox.act("cleverreach", "subscribe", group, "a@example.org")
    assert client("GET", f"{path}/a@example.org")["deactivated"]
    sandbox.act("cleverreach", "confirm", group, "a@example.org")
    assert client("GET", f"{path}/a@example.org")["active"]


def test_unsubscribers_may_be_blocked(sandbox, client, group, path):
    sandbox.set(block_unsubscribers=True)
    client("POST", path, {"email": "a@example.org"})
    sandbox.act("cleverreach", "unsubscribe", group, "a@example.org")
    assert client.status("GET", "/blacklist/a@example.org") == 200


def test_other_acts(sandbox, client, group, path):
    client("POST", path, {"email": "a@example.org"})
    tool = sandbox.tools["cleverreach"]
    tool.act("edit", int(group), "a@example.org", values={"city": "Ulm"})
    tool.act("change_address", int(group), "a@example.org", new="b@example.org")
    assert client("GET", f"{path}/b@example.org")["global_attributes"]["city"] == "Ulm"
    tool.act("block", int(group), "b@example.org")
    assert client.status("GET", "/blacklist/b@example.org") == 200
    tool.act("delete", int(group), "b@example.org")
    assert client("GET", path) == []
