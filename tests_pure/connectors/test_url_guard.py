"""Addresses that may be called, and paths that cannot be misread."""

import socket
import threading

import pytest

from newsletter_sync.connectors.errors import Invalid, MisConfigured, Unreachable
from newsletter_sync.connectors.transport import Transport
from newsletter_sync.connectors.url_guard import UrlGuard, path

PUBLIC, PRIVATE = "93.184.215.14", "10.0.0.5"


def resolving(*addresses):
    return lambda host, port, *_: [(2, 1, 6, "", (a, port)) for a in addresses]


def test_public_https_passes():
    UrlGuard(resolve=resolving(PUBLIC)).check("https://api.example.org/v3/groups")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/",
        "ftp://api.example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:pass@api.example.org/",
        "https://api.example.org\\@127.0.0.1/",
        "https://api.example.org:notaport/",
        "https://api.example.org/\n",
        "https://[::1",
        "api.example.org",
        "",
    ],
)
def test_malformed_or_insecure_addresses(url):
    with pytest.raises(MisConfigured):
        UrlGuard(resolve=resolving(PUBLIC)).check(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::]",
    ],
)
def test_internal_addresses(host):
    with pytest.raises(MisConfigured):
        UrlGuard().check(f"https://{host}/")


def test_a_name_that_leads_inside():
    for addresses in ((PRIVATE,), (PUBLIC, PRIVATE), ("fe80::1%eth0",)):
        with pytest.raises(MisConfigured):
            UrlGuard(resolve=resolving(*addresses)).check("https://api.example.org/")


def test_a_name_that_leads_nowhere():
    def fail(*_):
        raise socket.gaierror

    with pytest.raises(Unreachable):
        UrlGuard(resolve=fail).check("https://api.example.org/")


def test_loopback_needs_the_switch():
    developer = UrlGuard(allow_loopback=True, resolve=resolving("127.0.0.1"))
    developer.check("http://127.0.0.1:8069/x")
    developer.check("http://localhost:8069/x")
    with pytest.raises(MisConfigured):
        UrlGuard(allow_loopback=True).check("https://10.0.0.1/")
    with pytest.raises(MisConfigured):  # plain http to the world stays forbidden
        UrlGuard(allow_loopback=True, resolve=resolving(PUBLIC)).check(
            "http://api.example.org/"
        )


def test_a_name_that_changes_its_address_after_the_check(monkeypatch):
    """DNS rebinding: the check sees a public address, the connection goes inside."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        got = []

        def listen():
            peer, _ = server.accept()
            with peer:
                got.append(peer.recv(1000))

        thread = threading.Thread(target=listen)
        thread.start()
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **kw: real("127.0.0.1", *more, **kw),
        )
        door = Transport(guard=UrlGuard(resolve=resolving(PUBLIC)))
        with pytest.raises(MisConfigured):
            door.call("POST", f"https://api.example.org:{port}/", data="geheim")
        thread.join(5)
        assert got == [b""]  # not one byte was sent


# --- paths --------------------------------------------------------------------------
def test_parts_are_encoded():
    assert path("groups", 12, "receivers", "a+b/c?d#e@example.org") == (
        "/groups/12/receivers/a%2Bb%2Fc%3Fd%23e%40example.org"
    )
    assert path("x", "Färber") == "/x/F%C3%A4rber"


@pytest.mark.parametrize("empty", ["", None, " ", ".", "..", "\t"])
def test_empty_and_climbing_parts_are_refused(empty):
    with pytest.raises(Invalid):
        path("groups", empty, "receivers")
