"""Take secrets out of every text that may reach a log, an exception or a screen."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

MASK = "***"

#: shorter values would mask ordinary words, and protect nothing
_SHORTEST_SECRET = 4

_PATTERNS = (
    # "Authorization: Bearer abc", also inside a sentence
    (re.compile(r"(?i)\b(bearer|basic|ghost)\s+[\w.~+/=:-]{8,}"), rf"\1 {MASK}"),
    # token=abc, "client_secret": "abc", api-key: abc
    (
        re.compile(
            r"""(?ix)\b((?:access|refresh|id|call)?_?
            (?:token|secret|api[_-]?key|password|passwd|client_secret|sessid)
            ["']?\s*[=:]\s*["']?)[^"'&\s,;}]+"""
        ),
        rf"\1{MASK}",
    ),
    # ?code=abc of an OAuth answer; elsewhere "code" is an error's number
    (re.compile(r"(?i)([?&]code=)[^&\s]+"), rf"\1{MASK}"),
)
_ADDRESS = re.compile(r"[^\s/\"'<>@:=?&]+(?:@|%40)[^\s/\"'<>@:=?&]+")


class Redactor:
    """Masks the secrets it was told, and whatever looks like one.

    A call masks; :meth:`for_log` masks the addresses of people as well.
    """

    def __init__(self):
        self._secrets: frozenset[str] = frozenset()
        self._known = re.compile(r"(?!)")

    def hide(self, *secrets: str) -> None:
        """Remember values that must never be seen, in every spelling of a URL."""
        new = {
            spelling
            for secret in secrets
            if secret and len(secret) >= _SHORTEST_SECRET
            for spelling in (secret, quote(secret, safe=""), quote_plus(secret))
        }
        if new <= self._secrets:
            return
        self._secrets |= new
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        text = self._known.sub(MASK, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def for_log(self, text: str) -> str:
        """The text without secrets and without anybody's address."""
        return _ADDRESS.sub(MASK, self(text))
