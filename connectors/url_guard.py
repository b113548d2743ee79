"""Which addresses may be called at all: https, public hosts, and loopback on a switch.

A base URL is typed by a person and a "next page" link by a tool; neither may lead into
the network behind the firewall. Hosts are looked at twice: when a URL is checked, and
again when the connection stands (a name may resolve differently a moment later).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from .errors import Invalid, MisConfigured, Unreachable

#: IPv6 addresses that only wrap an IPv4 one (RFC 6052)
_NAT64 = IPv6Network("64:ff9b::/96")


def path(*parts: object) -> str:
    """Build ``/a/b`` with each part percent-encoded.

    An empty part is refused: ``DELETE /groups//receivers/`` might empty a whole group.
    "." and ".." are refused too, because they climb to another resource.

    :raises Invalid: for such a part
    """
    texts = ["" if part is None else str(part).strip() for part in parts]
    for text in texts:
        if text in ("", ".", ".."):
            raise Invalid(f"an empty id in the address of a call: {parts!r}")
    return "".join("/" + quote(text, safe="") for text in texts)


class UrlGuard:
    """Lets a URL pass or raises.

    :param allow_loopback: the developer switch: http and loopback are allowed as well
    :param resolve: ``socket.getaddrinfo`` or a stand-in
    """

    def __init__(
        self, allow_loopback: bool = False, resolve: Callable = socket.getaddrinfo
    ):
        self.allow_loopback = allow_loopback
        self._resolve = resolve
        self._seen: set[tuple[str, int]] = set()

    def check(self, url: str) -> None:
        """Look at scheme, host and every address the host resolves to.

        :raises MisConfigured: not https, not public, or malformed
        :raises Unreachable: the host's name is not found
        """
        host, port, scheme = self._split(url)
        if (host, port) not in self._seen:
            addresses = self._addresses(url, host, port)
            for address in addresses:
                self.check_address(address)
            if scheme == "http" and not (
                addresses and all(ip_address(a).is_loopback for a in addresses)
            ):
                raise MisConfigured("the address must begin with https://")
            self._seen.add((host, port))

    def check_address(self, address: str) -> None:
        """Refuse an IP address that is not public.

        :raises MisConfigured: private, link-local, multicast, reserved …
        """
        ip = _unwrapped(ip_address(address.partition("%")[0]))
        if self.allow_loopback and ip.is_loopback:
            return
        if not ip.is_global or ip.is_multicast:
            raise MisConfigured("the address leads into an internal network")

    def _split(self, url: str) -> tuple[str, int, str]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise MisConfigured("the address is malformed") from None
        schemes = ("https", "http") if self.allow_loopback else ("https",)
        if parts.scheme not in schemes:
            raise MisConfigured("the address must begin with https://")
        if not host or "@" in parts.netloc or "\\" in url or not url.isprintable():
            raise MisConfigured("the address is malformed")
        return host, port or (443 if parts.scheme == "https" else 80), parts.scheme

    def _addresses(self, url: str, host: str, port: int) -> list[str]:
        if _is_ip_address(host):
            return [host]
        if select_proxy(url, get_environ_proxies(url)):
            return []  # behind a proxy only the proxy can resolve names
        try:
            found = self._resolve(host, port, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Unreachable(f"the host {host} is not found")
        return [entry[4][0] for entry in found]


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
        teredo = ip.teredo[1] if ip.teredo else None
        return ip.ipv4_mapped or ip.sixtofour or teredo or ip
    return ip


class GuardedAdapter(HTTPAdapter):
    """A ``requests`` adapter that looks at the peer's address before it speaks."""

    def __init__(self, guard: UrlGuard, **options):
        self._guard = guard
        super().__init__(**options)

    def init_poolmanager(self, *args, **options):
        made = super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            scheme: _guarded(pool_class, self._guard)
            for scheme, pool_class in self.poolmanager.pool_classes_by_scheme.items()
        }
        return made


def _guarded(pool_class: type, guard: UrlGuard) -> type:
    class GuardedConnection(pool_class.ConnectionCls):
        def _new_conn(self):
            sock = super()._new_conn()
            try:
                guard.check_address(sock.getpeername()[0])
            except BaseException:
                sock.close()
                raise
            return sock

    class GuardedPool(pool_class):
        ConnectionCls = GuardedConnection

    return GuardedPool
