"""The server itself: the wire, the page, switches by HTTP, starting it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from newsletter_sync.sandbox import Sandbox
from newsletter_sync.sandbox.courier import is_loopback

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"


def test_connection_is_kept_and_answers_do_not_stall(sandbox, client):
    opened = []
    accept = sandbox._server.process_request
    sandbox._server.process_request = lambda *args: (opened.append(1), accept(*args))
    started = time.perf_counter()
    for _ in range(50):
        client("GET", "/debug/validate")
        client("POST", "/groups", {"name": "x" * 3000})
    assert len(opened) == 1
    # Nagle's algorithm against delayed ACKs would take 40 ms for each.
    assert (time.perf_counter() - started) / 100 < 0.03


def test_listens_on_loopback_only(sandbox):
    assert sandbox._server.server_address[0] == "127.0.0.1"


def test_stopping_ends_open_connections():
    sandbox = Sandbox().start()
    connection = socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(15).startswith(b"HTTP/1.1 200")
    sandbox.stop()
    while connection.recv(65536):
        pass
    connection.close()


def test_many_at_once(sandbox, client, group):
    from .conftest import Client

    def write(number):
        mine = Client(sandbox)
        for start in range(0, 200, 20):
            rows = [{"email": f"t{number}-{start + i}@example.org"} for i in range(20)]
            mine("POST", f"/groups/{group}/receivers/upsert", rows)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.store.count(int(group)) == 1200


def test_ids_of_different_kinds_differ(sandbox, client, group):
    made = client("POST", f"/groups/{group}/receivers", {"email": "a@example.org"})
    assert client.status("GET", f"/groups/{made['id']}") == 404
    assert client.status("GET", f"/receivers/{group}") == 404


def test_settings(sandbox):
    with pytest.raises(ValueError):
        sandbox.set(nonsense=1)
    url = sandbox.url() + "/_sandbox/settings"
    requests.post(url, json={"max_batch": 5, "awkward": ["wrapped"]}, timeout=10)
    assert requests.get(url, timeout=10).json()["cleverreach"]["max_batch"] == 5
    assert requests.post(url, json={"x": 1}, timeout=10).status_code == 400


def test_seed_act_clock_journal_reset_by_http(sandbox, client):
    def post(path, **body):
        return requests.post(f"{sandbox.url()}/_sandbox/{path}", json=body, timeout=10)

    made = post("seed", tool="cleverreach", name="L", number=10).json()
    who = {"tool": "cleverreach", "list_id": made["list_id"]}
    email = "person0000001@example.org"
    assert post("act", act="unsubscribe", email=email, **who).json() is True
    assert post("act", act="nonsense", email=email, **who).status_code == 404
    assert post("act", act="edit", email=email, **who).status_code == 400
    assert post("act", email=email).status_code == 400
    assert sandbox.store.counts(made["list_id"]) == {"subscribed": 9, "unsubscribed": 1}
    assert post("clock", freeze=1000, advance=5).json() == {"now": 1005}
    events = requests.get(f"{sandbox.url()}/_sandbox/journal/event", timeout=10).json()
    assert events[0]["type"] == "user_unsubscribe"
    post("reset")
    assert sandbox.store.lists("cleverreach") == [] and len(sandbox.requests) == 0


@pytest.mark.parametrize(
    "language, words",
    [("de-DE,de;q=0.9", ("Störungen", "Letzte Anfragen")), ("fr", ("Faults",))],
)
def test_page_in_the_readers_language(sandbox, client, group, language, words):
    sandbox.seed(group, 120)
    client("GET", "/groups")
    headers = {"Accept-Language": language}
    text = requests.get(sandbox.url() + "/", headers=headers, timeout=10).text
    for word in (*words, "Customers", "/cleverreach/v3/groups", "120"):
        assert word in text
    assert "http-equiv" in text and "//" not in text.replace("http://127.0.0.1", "")


def test_list_and_person_pages(sandbox, client, group):
    sandbox.seed(group, 120)
    row = {"email": "x@example.org", "tags": ["T"]}
    row["global_attributes"] = {"firstname": "<b>Mallory</b>"}
    client("POST", f"/groups/{group}/receivers/upsert", [row])
    base = f"{sandbox.url()}/_sandbox/list/cleverreach/{group}"
    first = requests.get(base, timeout=10).text
    # Newest first, and nothing that a person typed is taken for HTML.
    assert "x@example.org" in first and "<b>Mallory" not in first
    found = requests.get(base, params={"q": "mallory"}, timeout=10).text
    assert found.count("/_sandbox/person/") == 1
    last = requests.get(base, params={"page": 2}, timeout=10).text
    assert last.count("/_sandbox/person/") == 21
    person = sandbox.store.member(int(group), "x@example.org").id
    url = f"{sandbox.url()}/_sandbox/person/cleverreach/{group}/{person}"
    assert "Change the address" in requests.get(url, timeout=10).text
    assert requests.get(url + "0", timeout=10).status_code == 404
    assert requests.get(base + "0", timeout=10).status_code == 404


def test_buttons_lead_back_and_only_here(sandbox, group):
    url = sandbox.url() + "/_sandbox/faults"
    data = {"kind": "status", "status": "503", "times": "2"}
    for back in ("//evil.example.com/x", "http://evil.example.com/x"):
        answer = requests.post(
            url, data=data | {"back": back}, allow_redirects=False, timeout=10
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, "/x")
    fault = sandbox.faults.all()[0]
    assert (fault.status, fault.times) == (503, 2)
    foreign = {"Origin": "http://evil.example.com"}
    assert requests.post(url, data=data, headers=foreign, timeout=10).status_code == 403


def test_log_keeps_no_token(sandbox, client):
    client("POST", "/groups", {"name": "A"})
    entry = sandbox.requests.last(1)[0]
    assert entry.json == {"name": "A"} and entry.status == 200
    assert not hasattr(entry, "headers")
    listed = requests.get(sandbox.url() + "/_sandbox/requests", timeout=10).json()
    assert listed[-1]["path"] == "/v3/groups" and "body" not in listed[-1]


def test_kept_file(tmp_path):
    data = str(tmp_path / "kept.db")
    with Sandbox(data=data) as sandbox:
        made = sandbox.tools["cleverreach"].new_list("Kept")
        sandbox.seed(made, 10)
    with Sandbox(data=data) as sandbox:
        assert sandbox.store.count(made) == 10
        assert len(sandbox.tools["cleverreach"].attributes(0)) == 5


@pytest.mark.parametrize(
    "url, inside",
    [
        ("http://127.0.0.1:8069/x", True),
        ("https://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://10.0.0.1/x", False),
        ("https://example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("x", False),
    ],
)
def test_loopback(url, inside):
    assert is_loopback(url) is inside


def test_starts_from_a_folder_of_any_name(tmp_path):
    checkout = tmp_path / "any name"
    shutil.copytree(SANDBOX, checkout / "sandbox")
    (checkout / "__init__.py").write_text("import odoo_is_not_here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, str(checkout / "sandbox"), "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        assert str(port) in process.stdout.readline()
        url = f"http://127.0.0.1:{port}/cleverreach/v3/debug/ping"
        assert requests.get(url, timeout=10).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()
