"""A robot that sends what no browser sends: random requests to the public routes."""

from __future__ import annotations

import http.client
import json
import random
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

_METHODS = ("GET", "HEAD", "POST", "POST", "POST", "OPTIONS", "PUT", "DELETE", "PATCH")
_NAMES = (
    *(
        "email",
        "lang",
        "wording",
        "first_name",
        "last_name",
        "phone",
        "from",
        "website",
    ),
    *("action", "list", "reason", "text", "List-Unsubscribe", "box_0", "box_1"),
    *("self", "token", "key", "posted", "debug", "db", "", "csrf_token", "kw", "\0"),
)
_WORDS = (
    *(
        "",
        "0",
        "1",
        "-1",
        "true",
        "null",
        "on",
        "everything",
        "reason",
        "list",
        "de_DE",
    ),
    *("en_US", "xx_YY", "One-Click", "somebody@example.org", "a@b", "@", "<script>"),
    *("'; DROP TABLE res_users; --", "%s %(x)s {}", "\0", "a\0b@example.org", "\ud800"),
    *("ü@exämple.org", "🎈" * 50, "x" * 3000, "9" * 5000, "../etc/passwd", "\r\n"),
)
_TYPES = (
    *("application/x-www-form-urlencoded", "application/json", "text/plain", ""),
    *("multipart/form-data", "multipart/form-data; boundary=", "image/png", "a/b; c"),
    *("application/json; charset=nonsense", "text/html; charset=utf-16"),
)


@dataclass
class Sent:
    """One request, as it can be sent once more."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        start = (self.body or b"")[:200]
        return f"{self.method} {self.path[:200]} {self.headers} {start!r}"


class Robot:
    """Makes requests. The tokens it is given are for looking only.

    :param forms: keys of forms; these are no secret, so anything may be posted to them
    :param tokens: {first part of the path: tokens}; never posted unchanged
    """

    def __init__(self, seed: int, forms: list[str], tokens: dict[str, list[str]]):
        self._chance = random.Random(seed)
        self._forms = forms
        self._tokens = tokens

    def request(self) -> Sent:
        """The next one; the same for the same seed."""
        method = self._chance.choice(_METHODS)
        path = self._path(method)
        query = self._fields()
        if query and self._chance.random() < 0.4:
            path += "?" + urlencode(query, errors="surrogatepass")
        body, content_type = self._body(method)
        return Sent(method, path, body, self._headers(content_type))

    def _path(self, method: str) -> str:
        pick = self._chance
        place = pick.choice((*self._tokens, "subscribe", "subscribe"))
        if place == "subscribe":
            key = pick.choice(self._forms)
            key = key if pick.random() < 0.6 else self._spoilt(key)
            return f"/newsletter/subscribe/{key}" + pick.choice(("", "/json", "/json"))
        token = pick.choice(self._tokens[place])
        if method not in ("GET", "HEAD", "OPTIONS") or pick.random() < 0.5:
            token = self._spoilt(token)
        return f"/newsletter/{place}/{token}"

    def _spoilt(self, token: str) -> str:
        """Something like a token, but not this one."""
        pick = self._chance
        position = pick.randrange(len(token))
        other = pick.choice([each for each in "abcXYZ019-_" if each != token[position]])
        return pick.choice(
            (
                token[:position] + other + token[position + 1 :],
                token[:-1],
                token + other,
                token.swapcase() + other,
                # a slash, even a quoted one, would lead away from our routes
                quote(self._noise(pick.randrange(1, 30)).replace(b"/", b"-")),
                quote(
                    pick.choice(_WORDS)[:200]
                    .replace("/", "-")
                    .encode("utf-8", "replace")
                )
                or "-",
                "%00" + token,
            )
        )

    def _fields(self) -> dict[str, str]:
        pick = self._chance
        chosen = pick.sample(_NAMES, pick.randrange(6))
        return {name: pick.choice(_WORDS) for name in chosen}

    def _body(self, method: str) -> tuple[bytes | None, str]:
        pick = self._chance
        if method in ("GET", "HEAD", "OPTIONS") and pick.random() < 0.8:
            return None, ""
        kind = pick.randrange(7)
        if kind == 0:
            return self._noise(pick.randrange(300)), pick.choice(_TYPES)
        if kind == 1:
            data = urlencode(self._fields(), errors="surrogatepass").encode()
            return data, pick.choice(_TYPES)
        if kind == 2:
            return json.dumps(self._value(3)).encode(), pick.choice(_TYPES)
        if kind == 3:
            told = {name: self._value(1) for name in self._json_names()}
            return json.dumps({**told, "consent": True}).encode(), "application/json"
        if kind == 4:
            return self._multipart()
        if kind == 5 and pick.random() < 0.1:
            return b"x" * 70_000, pick.choice(_TYPES)
        data = {"email": "somebody@example.org", "box_0": "1", **self._fields()}
        encoded = urlencode(data, errors="surrogatepass").encode()
        return encoded, "application/x-www-form-urlencoded"

    def _noise(self, length: int) -> bytes:
        return bytes(self._chance.randrange(256) for _ in range(length))

    def _json_names(self) -> list[str]:
        names = ("email", "lists", "wording", "lang", "media", "name", "client_ip")
        return self._chance.sample(names, 4)

    def _value(self, depth: int):
        """Any JSON value."""
        pick = self._chance
        kind = pick.randrange(7 if depth else 5)
        if kind == 5:
            return [self._value(depth - 1) for _ in range(pick.randrange(4))]
        if kind == 6:
            return {name: self._value(depth - 1) for name in pick.sample(_NAMES, 3)}
        plain = (pick.choice(_WORDS), pick.choice(_WORDS), 10**30, -1.5, None)
        return plain[kind]

    def _multipart(self) -> tuple[bytes, str]:
        """A form as browsers send it with files, where texts are expected."""
        lines = []
        for name, value in self._fields().items():
            shown = name.replace("\0", "%00")
            file = '; filename="f.txt"' if self._chance.random() < 0.5 else ""
            text = value.encode("utf-8", "replace").decode()
            lines += [
                "--edge",
                f'Content-Disposition: form-data; name="{shown}"{file}',
                "",
                text,
            ]
        body = "\r\n".join([*lines, "--edge--", ""])
        return body.encode(), "multipart/form-data; boundary=edge"

    def _headers(self, content_type: str) -> dict[str, str]:
        pick = self._chance
        # each from another place: what limits one client is another test's
        client = ".".join(str(pick.randrange(1, 255)) for _ in range(4))
        headers = {"X-Forwarded-For": client, "X-Forwarded-Host": "127.0.0.1"}
        if content_type:
            headers["Content-Type"] = content_type
        odd = ("de", "", "xx;q=9", "null", "https://www.example.org", "Bearer x", "ÿ")
        for name in ("Accept-Language", "Origin", "Authorization", "User-Agent"):
            if pick.random() < 0.3:
                headers[name] = pick.choice(odd)
        return headers


def send(address: str, sent: Sent) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers of the answer; what is odd is sent as it is."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(sent.method, sent.path, sent.body, sent.headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheaders()
    except (BrokenPipeError, ConnectionResetError):
        # a body that is too long is refused before it is read
        return 413, b"", []
    finally:
        connection.close()
