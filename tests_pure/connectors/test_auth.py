"""Logins that are no OAuth, the API around them, and the registry."""

import base64
import sys

import pytest

from newsletter_sync.connectors import registry
from newsletter_sync.connectors.api import Api
from newsletter_sync.connectors.auth import BasicAuth, HeaderAuth, SessionAuth
from newsletter_sync.connectors.contract import Connector, CredentialField
from newsletter_sync.connectors.errors import (
    BadAnswer,
    LoginRefused,
    MisConfigured,
    PermissionMissing,
)
from newsletter_sync.tests_pure.scripted_http import ScriptedHttp, transport

BASE = "https://api.example.org/v1"


@pytest.fixture
def http():
    script = ScriptedHttp()
    yield script
    script.finish()


def test_basic_speaks_utf_8(http):
    http.expect("GET", "/v1/x", {})
    door = transport(http)
    Api(door, BASE + "/", BasicAuth("färber", "größe", door.hide)).get("/x")
    sent = http.sent[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "färber:größe"
    assert "größe" not in door.redact("größe")
    assert sent not in door.redact(f"x {sent}")


def test_a_key_in_a_header(http):
    http.expect("GET", "/v1/x", {})
    door = transport(http)
    Api(door, BASE, HeaderAuth("api-key", " abc-123\n", door.hide)).get("/x", a="ä")
    assert http.sent[0].headers["api-key"] == "abc-123"
    assert "abc-123" not in door.redact("abc-123")


def test_headers_of_the_tools_own(http):
    http.expect("GET", "/v1/x", {})
    http.expect("PATCH", "/v1/x", {})
    api = Api(transport(http), BASE, headers={"Accept": "application/hal+json"})
    api.get("/x")
    api.call("PATCH", "/x", json={}, headers={"Accept": "text/csv"})
    accepted = [request.headers["Accept"] for request in http.sent]
    assert accepted == ["application/hal+json", "text/csv"]


@pytest.mark.parametrize("key", ["", "  ", "abc…", "a\nb"])
def test_keys_that_cannot_be(http, key):
    with pytest.raises(MisConfigured):
        HeaderAuth("api-key", key, transport(http).hide)


@pytest.mark.parametrize("status", [401, 403])
def test_a_dead_session_is_opened_again_once(http, status):
    opened = []

    def login():
        opened.append(1)
        return {"Cookie": f"SESS=number-{len(opened)}"}

    http.expect("GET", "/v1/x", {}, status=status)
    http.expect("GET", "/v1/x", {"ok": 1})
    door = transport(http)
    assert Api(door, BASE, SessionAuth(login, door.hide)).get("/x") == {"ok": 1}
    assert [r.headers["Cookie"] for r in http.sent] == [
        "SESS=number-1",
        "SESS=number-2",
    ]


def test_a_permission_that_is_missing_stays_missing(http):
    http.expect("GET", "/v1/x", {}, status=403)
    http.expect("GET", "/v1/x", {}, status=403)
    door = transport(http)
    api = Api(door, BASE, SessionAuth(lambda: {"Cookie": "S=12345"}, door.hide))
    with pytest.raises(PermissionMissing):
        api.get("/x")


def test_a_key_that_is_wrong_is_not_tried_again(http):
    http.expect("GET", "/v1/x", {}, status=401)
    door = transport(http)
    with pytest.raises(LoginRefused):
        Api(door, BASE, HeaderAuth("api-key", "abc-123", door.hide)).get("/x")


def test_a_next_page_of_the_same_host_is_followed_only(http):
    http.expect("GET", "/v1/list", {})
    api = Api(transport(http), BASE)
    api.get("https://api.example.org/v1/list?after=5")
    for link in (
        "https://evil.example.net/v1/list",
        "http://api.example.org/v1/list",
        "https://api.example.org:8443/v1/list",
        "https://api.example.org@evil.example.net/",
        "",
    ):
        with pytest.raises(BadAnswer):
            api.get(link)


# --- registry -----------------------------------------------------------------------
def test_tools_are_found_by_their_code():
    assert registry.get("cleverreach").label == "CleverReach"
    assert "cleverreach" in registry.all()
    assert all(code == cls.code for code, cls in registry.all().items())
    assert all(cls.label and cls.website for cls in registry.all().values())


def test_the_memory_tool_is_for_developers():
    assert "memory" not in registry.all()
    assert "memory" in registry.all(developer=True)
    with pytest.raises(MisConfigured):
        registry.connect("memory", {"account": "x"})
    assert registry.connect("memory", {"account": "x"}, allow_loopback=True)


@pytest.mark.parametrize("code", ["nobody", "", "../x", "errors"])
def test_a_tool_that_is_not_there(code):
    with pytest.raises(MisConfigured):
        registry.get(code)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothing_of_that_name", "nothing_of_that_name"),
        ("def broken(:", "invalid syntax"),
        ("code = 'broken_tool'", "no connector with the code"),
    ],
)
def test_a_broken_tool_leaves_the_others_alone(
    source, said, tmp_path, monkeypatch, caplog
):
    (tmp_path / "broken_tool.py").write_text(source)
    path = [*registry.providers.__path__, str(tmp_path)]
    monkeypatch.setattr(registry.providers, "__path__", path)
    registry._modules.cache_clear()
    with pytest.raises(MisConfigured, match=said):
        registry.get("broken_tool")
    found = registry.all()
    assert "broken_tool" not in found
    assert "cleverreach" in found
    assert said in caplog.text
    sys.modules.pop(f"{registry.providers.__name__}.broken_tool", None)
    registry._modules.cache_clear()


def test_an_incomplete_login_names_what_is_missing():
    with pytest.raises(MisConfigured) as caught:
        registry.connect("cleverreach", {"login": "oauth", "client_id": "x"})
    assert "Client Secret" in str(caught.value)
    assert "Client ID" not in str(caught.value)


def test_what_the_form_calls_secret_is_never_printed(http):
    class Tool(Connector):
        credential_fields = (
            CredentialField("user", "User"),
            CredentialField("key", "Key", kind="secret"),
        )

    door = transport(http)
    Tool({"user": "anna", "key": "geheim-123"}, door)
    assert door.redact("anna: geheim-123") == "anna: ***"


def test_declarations_are_complete():
    for cls in registry.all(developer=True).values():
        names = [field.name for field in cls.credential_fields]
        assert len(set(names)) == len(names)
        for field in cls.credential_fields:
            assert field.kind in ("text", "url", "secret", "choice")
            assert bool(field.choices) == (field.kind == "choice")
            assert field.only_if is None or field.only_if[0] in names
        can = cls.capabilities
        assert can.page_size > 0
        assert can.batch_size > 0
        assert can.webhooks or not can.register_webhooks
